"""Every kind of thing on one host: a finding for each difference, by the cloud's comparison. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from socle.drift.answers import Unread
from socle.drift.compare import Finding, State, compare
from socle.drift.declared import Expectation
from socle.drift.hosts import access, files, kernel, software
from socle.drift.hosts.facts import Answers, Facts, Pair
from socle.drift.thing import Declared, Inventory, Thing

KINDS: Mapping[str, Callable[[Facts, Answers], Pair]] = {
    "host package": software.packages,
    "host listener": software.listeners,
    "host capability": software.capabilities,
    "host account": access.accounts,
    "host group": access.groups,
    "host key": access.keys,
    "host unit": files.units,
    "host timer": files.timers,
    "host cron entry": files.cron,
    "host sudoers file": files.sudoers,
    "host start file": files.starts,
    "host firewall rule": kernel.firewall,
    "host mount": kernel.mounts,
}
MOST = 100
"""Findings of one kind and state that are told singly for a host: a flood must not bury other hosts."""


def findings(facts: Facts, answers: Answers) -> Iterator[Finding]:
    """Of all kinds. What was in sync is one finding for a kind, not one for each of hundreds of things."""
    for kind in KINDS:
        yield from _kind(str(facts.host["name"]), kind, facts, answers)


def _kind(host: str, kind: str, facts: Facts, answers: Answers) -> Iterator[Finding]:
    try:
        pair = KINDS[kind](facts, answers)
    except Unread as unread:
        yield Finding(State.UNPROVEN, kind, f"{host}:all", "all", why=str(unread))
        return
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        why = f"the host's answer is not understood ({type(error).__name__}: {error})"
        yield Finding(State.UNPROVEN, kind, f"{host}:all", "all", why=why)
        return
    yield from _told(host, kind, list(_compared(host, kind, pair)))


def _compared(host: str, kind: str, pair: Pair) -> Iterator[Finding]:
    for name, why in pair.doubts.items():
        yield Finding(State.UNPROVEN, kind, f"{host}:{name}", name, why=why)
    declared = tuple(
        Declared(kind, f"{host}:{name}", name, fields)
        for name, fields in pair.declared.items()
        if name not in pair.doubts and (name in pair.found or name not in pair.optional)
    )
    found = tuple(
        Thing(kind, f"{host}:{name}", name, fields, guest="it may be there" if name in pair.guests else "")
        for name, fields in pair.found.items()
        if name not in pair.doubts
    )
    gone = {(kind, one.id): "" for one in declared}
    yield from compare(Expectation({kind: declared}), Inventory({kind: found}), gone)


def _told(host: str, kind: str, found: list[Finding]) -> Iterator[Finding]:
    synced = sum(one.state is State.IN_SYNC for one in found)
    others = [one for one in found if one.state is not State.IN_SYNC]
    for state in State:
        mine = [one for one in others if one.state is state]
        yield from islice(mine, MOST)
        if (more := len(mine) - MOST) > 0:
            yield Finding(state, kind, f"{host}:more", f"{more} more", why=f"{more} more of the same")
    if not others:
        yield Finding(State.IN_SYNC, kind, f"{host}:all", "all", why=f"{synced} are as declared")
