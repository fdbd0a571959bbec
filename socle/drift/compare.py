"""Holds what the states declare against what was listed: one finding for each difference. Pure.

A kind that could not be read, a field that an answer lacks and a thing whose absence was not confirmed are
unproven; nothing of the three is ever in sync.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from socle.drift.declared import Expectation
from socle.drift.thing import MASKED, Declared, Inventory, Thing, flat, tables

Absent = Mapping[tuple[str, str], str]
"""Declared things that no list had, by kind and id: why that is no proof; empty when they are gone indeed."""


class State(StrEnum):
    """What became of a thing."""

    IN_SYNC = "in sync"
    CHANGED = "changed"
    MISSING = "missing"
    UNMANAGED = "unmanaged"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Finding:
    """One verdict. `field`: what differs, for `changed`. `cause`: who did it and when, if that is known."""

    state: State
    kind: str
    id: str
    name: str
    field: str = ""
    expected: Any = None
    observed: Any = None
    why: str = ""
    declared: Declared | None = None
    found: Thing | None = None
    cause: str = ""

    @property
    def label(self) -> str:
        """As reports call it."""
        return f"{self.kind} {self.name or self.id}".strip()


def compare(expected: Expectation, inventory: Inventory, absent: Absent) -> list[Finding]:
    """Every kind that is declared, listed, or could not be."""
    kinds = sorted({*expected.things, *inventory.things, *inventory.unread})
    findings = [finding for kind in kinds for finding in _kind(kind, expected, inventory, absent)]
    for one in expected.unknown:
        why = f"nothing here compares a {one.type}"
        findings.append(Finding(State.UNPROVEN, one.type, one.id, one.name, why=why))
    for operation in expected.pending:
        why = "a run of pulumi is under way or was interrupted; what it was about is not known"
        findings.append(Finding(State.UNPROVEN, "pending operation", operation, operation, why=why))
    return findings


def _kind(kind: str, expected: Expectation, inventory: Inventory, absent: Absent) -> Iterator[Finding]:
    wanted = {one.id: one for one in expected.things.get(kind, ())}
    there = {one.id: one for one in inventory.things.get(kind, ())}
    why = inventory.unread.get(kind)
    if why is None and kind not in inventory.things:
        why = "nothing here lists this kind"
    if why is not None:
        said = f"{why} ({len(wanted)} declared)" if wanted else why
        yield Finding(State.UNPROVEN, kind, "", "all", why=said)
    for number, one in wanted.items():
        if number in there:
            yield from _differences(one, there[number])
        elif why is None:
            doubt = absent.get((kind, number), "no list had it, and nobody asked for it alone")
            state = State.UNPROVEN if doubt else State.MISSING
            yield Finding(state, kind, number, one.name, why=doubt, declared=one)
    for number, thing in there.items():
        if number not in wanted and not thing.guest and not _neutrons_rule(thing, expected):
            yield Finding(State.UNMANAGED, kind, number, thing.name, found=thing)


def _differences(one: Declared, thing: Thing) -> Iterator[Finding]:
    wanted, there = flat(one.fields), flat(thing.fields)
    # A table may have keys that nobody declared: each is a difference of its own.
    open_ended = tables(one.fields)
    extra = (name for name in there if name not in wanted and name.partition(".")[0] in open_ended)
    unread, differs = [], False
    for name in [*wanted, *extra]:
        top = name.partition(".")[0]
        if name not in there and top not in tables(thing.fields):
            unread.append(name)
            continue
        expected, observed = wanted.get(name, ""), there.get(name, "")
        if name in there and name in wanted and expected == observed:
            continue
        differs = True
        if top in MASKED:
            expected, observed = expected or "not set", observed or "not set"
        yield Finding(
            State.CHANGED,
            one.kind,
            one.id,
            one.name,
            name,
            expected if name in wanted else None,
            observed if name in there else None,
            declared=one,
            found=thing,
        )
    if unread:
        why = f"the answer does not tell {', '.join(sorted(unread))}"
        yield Finding(State.UNPROVEN, one.kind, one.id, one.name, why=why, declared=one, found=thing)
    elif not differs:
        why = f"{len(wanted)} fields are as declared"
        yield Finding(State.IN_SYNC, one.kind, one.id, one.name, why=why, declared=one, found=thing)


def _neutrons_rule(thing: Thing, expected: Expectation) -> bool:
    """One of the two rules with which neutron makes a group, where the program kept them."""
    if thing.kind != "security group rule" or thing.within not in expected.default_rules:
        return False
    fields = thing.fields
    narrow = ("protocol", "port_range_min", "port_range_max", "remote_ip_prefix", "remote_group_id")
    return fields["direction"] == "egress" and not any(fields[name] for name in narrow)
