"""A scan of the stand-in, and changing what it has."""

from __future__ import annotations

from typing import Any

from socle.drift import absence, cause, inventory
from socle.drift.asking import Reader
from socle.drift.compare import Finding, State, compare
from socle.drift.declared import Expectation, expectation
from tests.unit.drift.answers import states
from tests.unit.drift.standin import Cloud, connect

EXPECTED: Expectation = expectation(states())
SETTLED = (inventory.OTHERS, "EC2 credential", "trust")
"""Kinds that nobody of ours can read: unproven in every scan."""


def scan(cloud: Cloud, *, expected: Expectation = EXPECTED, **how: Any) -> list[Finding]:
    """What a scan finds, without what is in sync and what is never readable."""
    return [it for it in whole(cloud, expected=expected, **how) if it.kind not in SETTLED]


def whole(cloud: Cloud, *, expected: Expectation = EXPECTED, **how: Any) -> list[Finding]:
    """The same with what is never readable."""
    reader, manager = Reader(connect(cloud), **how), Reader(connect(cloud, domain=True), **how)
    there = inventory.take(reader, manager, expected, identities=True)
    absent = absence.confirm(reader, manager, expected, there)
    found = cause.learnt(compare(expected, there, absent), reader, there)
    return [it for it in found if it.state is not State.IN_SYNC]


def declared(kind: str, name: str = "") -> Any:
    """A declared thing by its name, or the first of its kind."""
    found = EXPECTED.things[kind]
    return next(it for it in found if it.name == name) if name else found[0]
