"""Who did it and when, as far as the services tell a credential that can only read. Never changes a verdict.

Most of it stands in the lists already: when a thing was made, by whom, when it was updated last. Of servers,
nova also keeps a list of actions, each with its user and request, of deleted ones too; it is asked for those
that findings are about and for no other. The other services note no user for a change and keep nothing of
what was deleted; what they tell the operator's message bus no API shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from socle.drift import compute, network
from socle.drift.answers import Unread
from socle.drift.asking import Reader, at_once
from socle.drift.compare import Finding, State
from socle.drift.thing import Inventory, Thing

MOST = 40
"""Servers that are asked for their actions in one scan."""
Actions = Sequence[Mapping[str, Any]] | str
"""Of one server, newest first; or why they are not known."""
_SERVICES = {
    **dict.fromkeys((*network.PATHS, "router interface"), "neutron"),
    **dict.fromkeys(("server", "server group", "key pair"), "nova"),
    **dict.fromkeys(("volume", "snapshot", "backup", "volume transfer"), "cinder"),
    **dict.fromkeys(("container", "account"), "the object store"),
    "image": "glance",
    "secret": "barbican",
}
_POWER = (
    *("start", "stop", "reboot", "pause", "unpause", "suspend", "resume", "rescue", "unrescue", "resetState"),
    *("shelve", "shelveOffload", "unshelve", "rebuild", "resize", "confirmResize", "revertResize", "restore"),
)
_ACTIONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("server", "status"): _POWER,
    ("server", "locked"): ("lock", "unlock"),
    ("server", "image_id"): ("rebuild",),
    ("server", "key_name"): ("rebuild",),
    ("server", "flavor"): ("resize", "confirmResize", "revertResize"),
    ("server", "availability_zone"): ("unshelve", "migrate", "live-migration", "evacuate"),
    ("volume", "attached_to"): ("attach_volume", "detach_volume", "swap_volume", "create", "delete"),
    ("volume", "status"): ("attach_volume", "detach_volume", "swap_volume", "create", "delete"),
    ("port", "device_id"): ("attach_interface", "detach_interface", "create", "delete"),
    ("port", "device_owner"): ("attach_interface", "detach_interface", "create", "delete"),
}
"""Which of a server's actions change which field; names, labels and metadata are changed without any."""


def learnt(findings: Sequence[Finding], reader: Reader, inventory: Inventory) -> list[Finding]:
    """The same findings; those of what differs, lacks or is nobody's with their cause."""
    servers = list(dict.fromkeys(number for one in findings for number in _servers(one)))
    answers = at_once(lambda number: _actions(reader, number), servers[:MOST])
    known: dict[str, Actions] = dict(zip(servers, answers, strict=False))
    known |= dict.fromkeys(servers[MOST:], f"not asked, after {MOST} other servers")
    people = {one.id: one.name for one in inventory.things.get("user", ())}
    return [replace(one, cause=_cause(one, known, people)) for one in findings]


def _servers(one: Finding) -> Iterator[str]:
    """Whose actions may have done it."""
    if one.kind == "server" and one.state in (State.MISSING, State.UNMANAGED):
        yield one.id
    if one.state is State.CHANGED and (one.kind, one.field) in _ACTIONS:
        if one.kind == "server":
            yield one.id
        else:
            name = "device_id" if one.kind == "port" else "attached_to"
            yield from sorted(_values(one.declared, name) ^ _values(one.found, name))


def _values(thing: Any, name: str) -> set[str]:
    value = thing.fields.get(name) if thing else None
    return {str(it) for it in (value if isinstance(value, list) else [value]) if it}


def _actions(reader: Reader, number: str) -> Actions:
    path = f"/servers/{quote(number)}/os-instance-actions"
    try:
        # Of deleted servers too, since 2.21.
        version = reader.version("compute", compute.VERSION)
        said = reader.get("compute", path, version=version, sort="item")["instanceActions"]
        return [{key: str(it[key] or "") for key in _KEYS} for it in said]
    except Unread as unread:
        return str(unread)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"the answer is not as nova documents it ({type(error).__name__}: {error})"


_KEYS = ("action", "request_id", "user_id", "start_time", "message")


def _cause(one: Finding, known: Mapping[str, Actions], people: Mapping[str, str]) -> str:
    if one.state in (State.IN_SYNC, State.UNPROVEN):
        return ""
    parts = [_action(one, number, known[number], people) for number in _servers(one)]
    if one.found:
        parts.append(_noted(one.found, people, made=one.state is State.UNMANAGED))
    service = _SERVICES.get(one.kind, "keystone")
    found = "; ".join(part for part in parts if part)
    if one.state is State.MISSING:
        return found or f"{service} keeps nothing of what was deleted"
    if one.state is State.CHANGED and not any(_servers(one)):
        return f"{found}; {service} notes no user for it" if found else f"{service} notes neither"
    return found or f"{service} notes neither"


def _action(one: Finding, number: str, actions: Actions, people: Mapping[str, str]) -> str:
    """The newest of a server's actions that does such a thing."""
    if isinstance(actions, str):
        return f"nova's actions of server {number} are not known: {actions}"
    whole = {State.MISSING: "delete", State.UNMANAGED: "create"}
    wanted = (whole[one.state],) if one.state in whole else _ACTIONS[one.kind, one.field]
    done = next((it for it in actions if it["action"] in wanted), None)
    if done is None:
        return f"nova keeps no such action of server {number} ({', '.join(wanted[:4])})"
    ended = f", {done['message']}" if done["message"] else ""
    what = (
        f"{done['action']} of server {number} at {done['start_time']} by {_person(done['user_id'], people)}"
    )
    return f"{what}, request {done['request_id']}{ended}"


def _noted(thing: Thing, people: Mapping[str, str], *, made: bool) -> str:
    said = thing.traces
    parts = []
    if made and ("made" in said or "by" in said):
        at = f" at {said['made']}" if "made" in said else ""
        by = f" by {_person(said['by'], people)}" if "by" in said else ""
        within = f" in project {said['in']}" if "in" in said else ""
        parts.append(f"made{at}{by}{within}")
    if "updated" in said and said["updated"] != said.get("made"):
        revision = f" (revision {said['revision']})" if "revision" in said else ""
        parts.append(f"updated last at {said['updated']}{revision}")
    return "; ".join(parts)


def _person(number: str, people: Mapping[str, str]) -> str:
    name = people.get(number)
    return f"user {name} ({number})" if name else f"user {number}"
