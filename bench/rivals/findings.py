"""What a tool said, by the case and thing that it said it of; and what that comes to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.rivals.seeds import BAD, GOOD, Case, Seed


@dataclass(frozen=True, order=True)
class Finding:
    """One check of a tool that failed on one thing of a case."""

    case: str
    key: str
    check: str


@dataclass(frozen=True)
class Scan:
    """Of one tool, over all cases. `not_made`: cases that it was not shown, with the reason.

    `elsewhere`: how many findings were about nothing of ours, such as the project's default group.
    """

    version: str
    findings: frozenset[Finding]
    not_made: Mapping[str, str] = field(default_factory=dict)
    elsewhere: int = 0


def mapped(
    said: Iterable[tuple[str, str]], names: Mapping[str, tuple[Case, str]]
) -> tuple[frozenset[Finding], int]:
    """From (name of a thing, check) to findings; and how many names are none of ours."""
    found, elsewhere = set(), 0
    for name, check in said:
        if name in names:
            case, key = names[name]
            found.add(Finding(case.name, key, check))
        else:
            elsewhere += 1
    return frozenset(found), elsewhere


def caught(seed: Seed, findings: Iterable[Finding]) -> tuple[str, ...]:
    """The checks that told the seed from its twin: said of the one and not of the same thing of the other.

    What a tool says of both is no catch: it would have said so whatever was seeded.
    """
    bad, good = Case(seed, BAD).name, Case(seed, GOOD).name
    listed = list(findings)
    of_twin = {(one.key, one.check) for one in listed if one.case == good}
    here = {(one.key, one.check) for one in listed if one.case == bad}
    return tuple(sorted({check for _, check in here - of_twin}))


def of_twins(findings: Iterable[Finding], seeds: Sequence[Seed]) -> dict[str, int]:
    """By check, of how many clean things it spoke; the most frequent first."""
    clean = {Case(seed, GOOD).name for seed in seeds}
    counted = Counter(one.check for one in findings if one.case in clean)
    return dict(sorted(counted.items(), key=lambda it: (-it[1], it[0])))
