"""What is measured, and what it comes to: ours beside each peer and the quicker one, many beside few.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.beside import Line

OURS, PEERS = "socle", ("pulumi", "tofu")
REQUESTS, AWAY, NEAR, MEMORY = 0.05, 0.2, 1.0, 1.0
"""Aims: at least 20 times fewer requests; 5 times faster at a distance; faster without; no more memory."""
TITLES = {"pulumi": "`pulumi refresh --preview-only`", "tofu": "`tofu plan`"}


@dataclass(frozen=True)
class Sample:
    """One reading by one side. `delay`: added before each answer, ms. `memory`: the highest sum, MiB."""

    side: str
    resources: int
    delay: int
    seconds: float
    requests: int
    memory: float


def lines(samples: Iterable[Sample]) -> list[Line]:
    """Every line, for each number of resources; ValueError when a side was not measured."""
    listed = list(samples)
    found: list[Line] = []
    for many in sorted({one.resources for one in listed}, reverse=True):
        here = [one for one in listed if one.resources == many]
        found += [
            Line(
                f"{many} resources: requests, beside {TITLES[peer]}",
                _of(here, OURS, "requests"),
                _of(here, peer, "requests"),
                REQUESTS,
                "requests",
            )
            for peer in PEERS
        ]
        for delay in sorted({one.delay for one in here}, reverse=True):
            now = [one for one in here if one.delay == delay]
            quick = quicker(now)
            what = f"{many} resources, {delay} ms away: time, beside the quicker, {TITLES[quick]}"
            aim = AWAY if delay else NEAR
            found.append(Line(what, _of(now, OURS, "seconds"), _of(now, quick, "seconds"), aim))
        quick = quicker(here)
        found.append(
            Line(
                f"{many} resources: memory, beside {TITLES[quick]}",
                _of(here, OURS, "memory"),
                _of(here, quick, "memory"),
                MEMORY,
                "MiB",
            )
        )
    return found + growth(listed)


def quicker(samples: Sequence[Sample]) -> str:
    """The peer that took less time."""
    return min(PEERS, key=lambda peer: median(_of(samples, peer, "seconds")))


def growth(samples: Sequence[Sample]) -> list[Line]:
    """Of each side: with the most resources, beside with the fewest. The aim is what the number grew by."""
    sizes = sorted({one.resources for one in samples})
    if len(sizes) < 2:  # noqa: PLR2004
        return []
    few, many = sizes[0], sizes[-1]
    found = []
    for side in (OURS, *PEERS):
        for what, unit in (("seconds", "seconds"), ("requests", "requests")):
            left, right = (
                _of([one for one in samples if one.resources == size], side, what) for size in (many, few)
            )
            title = TITLES.get(side, "`socle drift`")
            found.append(
                Line(f"{title}: {unit} for {many}, beside {few}", left, right, round(many / few, 2), unit)
            )
    return found


def _of(samples: Sequence[Sample], side: str, what: str) -> tuple[float, ...]:
    found = tuple(float(getattr(one, what)) for one in samples if one.side == side)
    if not found:
        raise ValueError(f"{side} was not measured")
    return found
