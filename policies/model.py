"""What a policy is: an object that carries all that a reviewer reads about it, and one function that judges.

Families make them with the decorator `policy`; nothing else has to be told of a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

from policies.graph import Graph
from policies.snapshot import Resource


class Verdict(StrEnum):
    """Of one policy on one resource. `UNPROVEN`: something it hangs on is unknown; never a pass."""

    PASS = "pass"  # noqa: S105  # a verdict
    VIOLATION = "violation"
    UNPROVEN = "unproven"
    NOT_APPLICABLE = "not-applicable"
    EXEMPTED = "exempted"


class Level(StrEnum):
    """What a violation does: it is shown, or it stops the change."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"


@dataclass(frozen=True)
class Text:
    """The same sentence in both of the project's languages."""

    en: str
    fr: str


@dataclass(frozen=True)
class Said:
    """One thing a policy says of a resource. `path`: the hops, where it is about reaching something."""

    verdict: Verdict
    words: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """What a policy judges with: the graph, its own parameters, and today."""

    graph: Graph
    params: Mapping[str, Any]
    today: date


Check: TypeAlias = Callable[[Resource, World], Iterator[Said]]


@dataclass(frozen=True)
class Policy:
    """`kinds`: resources it is asked about. `graph`: whether other resources than the one judged count.

    `counter`: an example that breaks it. `params`: what the policy-config file may set, with defaults.
    """

    id: str
    rule: Text
    reason: Text
    fix: Text
    clauses: tuple[str, ...]
    kinds: tuple[str, ...]
    graph: bool
    counter: str
    check: Check
    level: Level = Level.MANDATORY
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """`NET` of `NET-01`."""
        return self.id.partition("-")[0]


POLICIES: dict[str, Policy] = {}
"""All that were made, by id; filled when `families` is imported."""


def policy(
    id: str,  # noqa: A002  # the word that reviewers use
    *,
    rule: tuple[str, str],
    reason: tuple[str, str],
    fix: tuple[str, str],
    clauses: tuple[str, ...],
    kinds: tuple[str, ...],
    counter: str,
    graph: bool = False,
    level: Level = Level.MANDATORY,
    params: Mapping[str, Any] | None = None,
) -> Callable[[Check], Check]:
    """Make a policy of a function. Texts are (English, French). Raises ValueError for an id that exists."""

    def make(check: Check) -> Check:
        if id in POLICIES:
            raise ValueError(f"two policies are called {id}")
        POLICIES[id] = Policy(
            id, Text(*rule), Text(*reason), Text(*fix), clauses, kinds, graph, counter, check, level,
            dict(params or {}),
        )  # fmt: skip
        return check

    return make


def violation(words: str, path: list[str] | None = None) -> Said:
    """It is broken."""
    return Said(Verdict.VIOLATION, words, tuple(path or ()))


def unproven(words: str, path: list[str] | None = None) -> Said:
    """It cannot be said yet."""
    return Said(Verdict.UNPROVEN, words, tuple(path or ()))


def not_applicable(words: str) -> Said:
    """It does not concern this resource."""
    return Said(Verdict.NOT_APPLICABLE, words)
