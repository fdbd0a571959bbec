"""What is measured, and what the samples come to: medians, extremes, and the ratio of many to few. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from statistics import median
from typing import Any


class Part(Enum):
    """What is done in a round, in this order. The value says it to people."""

    STACK = "Its stack made in the backend"
    SETTLE = "Leftovers of an earlier run looked for"
    UP = "Opened: `pulumi up` of the new stack, from nothing"
    PREVIEW = "Previewed, nothing to change"
    TABLES = "What hosts are told, read from all tables"
    DESTROY = "Destroyed: `pulumi destroy`"


OPENING = (Part.STACK, Part.SETTLE, Part.UP)
"""What `socle space open` does at the cloud before there are hosts."""
LIMIT = 1.1
"""Many may cost so many times what few cost."""


@dataclass(frozen=True)
class Sample:
    """One part of one round. `requests`: to the cloud's APIs. `memory`: highest sum of all processes, MiB."""

    part: Part
    seconds: float
    requests: int
    memory: float


@dataclass(frozen=True)
class Figure:
    """Of several values; `samples` in the order in which they were taken."""

    median: float
    min: float
    max: float
    samples: tuple[float, ...]


def figure(values: Sequence[float]) -> Figure:
    """Of one kind of value; ValueError when there is none."""
    if not values:
        raise ValueError("no samples: nothing was measured")
    kept = tuple(round(value, 2) for value in values)
    return Figure(round(median(kept), 2), min(kept), max(kept), kept)


@dataclass(frozen=True)
class Line:
    """One line of the table. `unit`: seconds, requests, MiB or KiB."""

    what: str
    unit: str
    few: Figure
    many: Figure

    @property
    def ratio(self) -> float | None:
        """Of the medians; None where few cost nothing."""
        return self.many.median / self.few.median if self.few.median else None

    def row(self) -> dict[str, Any]:
        """As docs/measured/ keeps it."""
        ratio = None if self.ratio is None else round(self.ratio, 2)
        return {
            "what": self.what,
            "unit": self.unit,
            "ratio": ratio,
            "few": asdict(self.few),
            "many": asdict(self.many),
        }


def scaled(few: Iterable[Sample], many: Iterable[Sample]) -> list[Line]:
    """Every line: the opening as a whole first, then each part by time; requests and memory of each `up`."""
    sides = list(few), list(many)

    def of(what: str, unit: str, values: Any) -> Line:
        left, right = (figure(values(side)) for side in sides)
        return Line(what, unit, left, right)

    lines = [of("Opening a space, all of the parts below up to `pulumi up`", "seconds", openings)]
    lines += [of(part.value, "seconds", lambda side, p=part: _of(side, p, "seconds")) for part in Part]
    for unit in ("requests", "memory"):
        shown = {"requests": "requests", "memory": "MiB"}[unit]
        for part in (Part.SETTLE, Part.UP, Part.PREVIEW):
            lines.append(of(part.value, shown, lambda side, p=part, u=unit: _of(side, p, u)))
    return lines


def openings(samples: Sequence[Sample]) -> list[float]:
    """Seconds of each opening, its parts together."""
    parts = [_of(samples, part, "seconds") for part in OPENING]
    return [sum(one) for one in zip(*parts, strict=True)]


def _of(samples: Sequence[Sample], part: Part, what: str) -> list[float]:
    return [float(getattr(sample, what)) for sample in samples if sample.part is part]
