"""Accounts, groups and keys that let somebody in: declared beside found. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from socle.drift.hosts.facts import Answers, Facts, Pair, default, first_account

JUMP = "jump"
"""The bastion's account that forwards (playbooks/inventory/group_vars/all.yml)."""
CLOSED = "/usr/sbin/nologin"
_PERSON = 1000
_AWAY = (
    "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,"
    'command="echo \'Please login as the user \\"{name}\\" rather than the user \\"root\\".\';'
    'echo;sleep 10;exit 142"'
)
"""Before each key that cloud-init puts into root's file, so that nobody gets further there."""


def accounts(facts: Facts, answers: Answers) -> Pair:
    """Everybody of the image, automation, the jump, named people; those who left may stay, closed."""
    image = facts.built().standing
    passwords = {one["name"]: one["password"] for one in answers.value("accounts")}
    pair = Pair()
    for one in image["accounts"]:
        pair.declared[one["name"]] = {**_fields(one), "password": "locked"}
    first = first_account()
    own = {str(first["name"]): (first["shell"], first["homedir"])}
    own |= {login: (default("people", "people_recorder"), f"/home/{login}") for login in facts.people}
    if "bastion" in facts.conditions:
        own[JUMP] = (CLOSED, "/nonexistent")
    for name, (shell, home) in own.items():
        pair.declared[name] = {"root": False, "shell": shell, "home": home, "password": "locked"}
    for one in answers.value("standing")["accounts"]:
        name = pair.add(one["name"], **_fields(one), password=passwords.get(one["name"], "none"))
        if one["name"] in left(facts, answers):
            pair.guests.add(name)
    return pair


def _fields(one: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: one[key] for key in ("uid", "gid", "home", "shell")}
    try:
        root = int(one["uid"]) == 0
    except ValueError:
        root = True  # what no number is must not pass for harmless
    return {**said, "root": root}


def left(facts: Facts, answers: Answers) -> set[str]:
    """Accounts that the role `people` closed: of its group, with no shell and no password."""
    standing = answers.value("standing")
    passwords = {one["name"]: one["password"] for one in answers.value("accounts")}
    group = default("people", "people_group")
    members = {it for one in standing["groups"] if one["name"] == group for it in one["members"]}
    return {
        one["name"]
        for one in standing["accounts"]
        if one["name"] in members - {*facts.people}
        and one["shell"] == CLOSED
        and passwords.get(one["name"]) == "locked"
        and str(one["uid"]).isdigit()
        and int(one["uid"]) >= _PERSON
    }


def groups(facts: Facts, answers: Answers) -> Pair:
    """Those of the image and each account's own; members: automation in cloud-init's, named people."""
    pair, first, gone = Pair(), first_account(), left(facts, answers)
    name, people = str(first["name"]), default("people", "people_group")
    for one in facts.built().standing["groups"]:
        more = [name] if one["name"] in first["groups"] else []
        pair.declared[one["name"]] = {"gid": one["gid"], "members": sorted([*one["members"], *more])}
    for own in (name, *facts.people, *([JUMP] if "bastion" in facts.conditions else [])):
        pair.declared[own] = {"members": []}
    there = answers.value("standing")["groups"]
    # Where nobody has an account, the group of those who left may be there, or never was.
    pair.declared[people] = {"members": sorted(facts.people)}
    pair.optional |= set() if facts.people else {people}
    for one in there:
        members = [it for it in one["members"] if not (one["name"] == people and it in gone)]
        own = pair.add(one["name"], gid=one["gid"], members=members)
        pair.guests |= {own} if one["name"] in gone else set()
    return pair


def keys(facts: Facts, answers: Answers) -> Pair:
    """Every line that lets somebody in: automation's key where it is put, and the authority."""
    pair, said, first = Pair(), answers.value("keys"), first_account()
    key = " ".join(facts.key.split()[:2])
    pair.declared[_name(f"{first['homedir']}/.ssh/authorized_keys", key)] = {"options": ""}
    away = _name("/root/.ssh/authorized_keys", key)
    pair.declared[away] = {"options": _AWAY.format(name=first["name"])}
    pair.optional.add(away)
    if "bastion" in facts.conditions:
        pair.declared[_name(default("bastion", "bastion_keys"), key)] = {
            "options": "restrict,port-forwarding"
        }
    if facts.authority:
        file = f"{default('people', 'people_folder')}/people.pub"
        authority = _name(file, " ".join(facts.authority.split()[:2]))
        pair.declared[authority] = {"options": ""}
        if not facts.people and "bastion" not in facts.conditions:
            pair.optional.add(authority)
    for one in (*said["keys"], *said["authorities"]):
        pair.add(_name(one["file"], one["key"]), options=one["options"])
    for command in said["commands"]:
        pair.add(f"command {command}")
    return pair


def _name(file: str, key: str) -> str:
    """The file and the key's fingerprint, as ssh-keygen shows it."""
    kind, _, text = key.partition(" ")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        content = text.encode()
    fingerprint = base64.b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{file} {kind} SHA256:{fingerprint}"
