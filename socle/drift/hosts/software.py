"""Packages, capabilities and listening sockets: declared beside found. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from socle.drift.hosts.facts import Answers, Facts, Pair

_PROGRAMS = ("/usr/sbin/", "/usr/bin/", "/usr/lib/", "/usr/libexec/")
_COMM = 15
"""The kernel keeps so many characters of a program's name."""
_ANY = "0.0.0.0"  # noqa: S104 - what sshd listens on


def packages(facts: Facts, answers: Answers) -> Pair:
    """Of the image's bill of materials, of roles, and what these need; nothing else, and in no other version.

    An update brings versions that the bill does not have: those of the archives' lists are as good.
    """
    said = answers.value("dpkg")
    there: Mapping[str, Any] = said["packages"]
    listed: Mapping[str, list[str]] = said["listed"]
    pair, bill = Pair(), facts.built().packages
    for name, one in there.items():
        pair.add(name, version=one["version"])
    wanted = {*bill, *(name for role in facts.roles for name in role.packages)}
    pair.guests = needed(wanted, there) - wanted
    pair.optional = {name for one in facts.parameters("packages") for name in one["absent"]}
    for name in {*wanted, *pair.guests}:
        version = there[name]["version"] if name in there else ""
        known = listed.get(name, [])
        if not known and name not in bill:
            pair.declared[name] = {}  # no list tells of it, and no bill
        elif version in known or version == bill.get(name):
            pair.declared[name] = {"version": version}
        else:
            pair.declared[name] = {"version": bill.get(name) or " or ".join(known[:3])}
    return pair


def needed(wanted: Iterable[str], there: Mapping[str, Any]) -> set[str]:
    """These and what they depend on, of what is installed.

    Of alternatives, one that is among them already; else the first: a package that offers itself for a need
    that is met is not needed.
    """
    providers: dict[str, list[str]] = {}
    for name, one in there.items():
        for offered in _names(one["provides"]):
            providers.setdefault(offered[0], []).append(name)
    found = {name for name in wanted if name in there}
    waiting = sorted(found)
    while waiting:
        for group in _names(there[waiting.pop()]["needs"]):
            choices = [it for name in group for it in ([name] if name in there else providers.get(name, []))]
            if choices and not found.intersection(choices):
                found.add(choices[0])
                waiting.append(choices[0])
    return found


def _names(text: str) -> list[list[str]]:
    """`a (>= 1) | b:any, c` is [[a, b], [c]]."""
    groups = (group.split("|") for group in text.split(",") if group.strip())
    return [[re.split(r"[\s(:]", one.strip(), maxsplit=1)[0] for one in group] for group in groups]


def capabilities(facts: Facts, answers: Answers) -> Pair:
    """Programs with rights of their own, beside those of the image."""
    pair = Pair(
        declared={name: {"rights": it} for name, it in facts.built().standing["capabilities"].items()}
    )
    for name, rights in answers.value("standing")["capabilities"].items():
        pair.add(name, rights=rights)
    return pair


def listeners(facts: Facts, answers: Answers) -> Pair:
    """Sockets, beside those that the catalogue allows to the host's roles, at the addresses of this host."""
    pair, met = Pair(), set[int]()
    rules = [
        rule
        for one in facts.parameters("listening")
        for rule in one["allowed"]
        if rule.get("when", "always") in facts.conditions
    ]
    for socket in answers.value("sockets"):
        address, port = str(socket["address"]), str(socket["port"])
        name = f"{socket['protocol']} {address}:{port}"
        own = pair.add(name, program=f"{socket['program']} {socket['file']}".strip())
        for number, rule in enumerate(rules):
            at = _address(rule, str(facts.host["own_address"]), address)
            if (rule["protocol"], str(rule["port"]), at) == (socket["protocol"], port, address):
                met.add(number)
                pair.declared[own] = {"program": _program(rule["process"], socket)}
                break
    for number, rule in enumerate(rules):
        if number not in met and not str(rule.get("address", "")).startswith("127."):
            at = _address(rule, str(facts.host["own_address"]), "")
            pair.declared[f"{rule['protocol']} {at}:{rule['port']}"] = {"program": rule["process"]}
    return pair


def _address(rule: Mapping[str, Any], own: str, seen: str) -> str:
    prefix = str(rule.get("address", ""))
    if not prefix:
        return _ANY
    return own if own.startswith(prefix) else seen if seen.startswith(prefix) else prefix


def _program(process: str, socket: Mapping[str, Any]) -> str:
    """What is there when it is the declared program, of Debian's folders; else what it should be."""
    file = str(socket["file"])
    fits = socket["program"] == process and file.startswith(_PROGRAMS)
    fits &= file.rpartition("/")[2][:_COMM].startswith(process[:_COMM])
    return f"{socket['program']} {file}" if fits else f"{process} of its package"
