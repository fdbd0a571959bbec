"""What is measured, and what the samples come to: median, extremes, ratio. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from statistics import median
from typing import Any


class Part(Enum):
    """What a tool is asked to do, in this order, in each round. The value says it to people."""

    UP = "make everything, from nothing"
    AGAIN = "again with nothing to change, the cloud not read"
    READ = "again with nothing to change, the cloud read"
    DESTROY = "destroy everything, the cloud not read first"


@dataclass(frozen=True)
class Sample:
    """One run of one tool: wall-clock seconds, and the processor seconds of all its processes."""

    tool: str
    part: Part
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Figure:
    """Of several runs, in seconds; `samples` in the order in which they were taken."""

    median: float
    min: float
    max: float
    cpu: float
    samples: tuple[float, ...]


@dataclass(frozen=True)
class Comparison:
    """One line of the table. `ratio` below 1: Pulumi took less."""

    what: str
    pulumi: Figure
    tofu: Figure

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return self.pulumi.median / self.tofu.median

    def row(self) -> dict[str, Any]:
        """As docs/measured/ keeps it."""
        return {
            "what": self.what,
            "ratio": round(self.ratio, 2),
            "pulumi": asdict(self.pulumi),
            "tofu": asdict(self.tofu),
        }


# Without options, Pulumi trusts its state and OpenTofu asks the cloud first; so a second run is compared
# three times: as people run it, and with the same work on both sides.
LINES = (
    ("Everything made, from nothing", Part.UP, Part.UP),
    ("Second run, nothing to change, as each does by default", Part.AGAIN, Part.READ),
    ("Second run, neither reads the cloud", Part.AGAIN, Part.AGAIN),
    ("Second run, both read the cloud", Part.READ, Part.READ),
    ("Everything destroyed, neither reads the cloud first", Part.DESTROY, Part.DESTROY),
)


def figure(samples: Sequence[Sample]) -> Figure:
    """Of the samples of one tool and part; ValueError when there are none."""
    if not samples:
        raise ValueError("no samples: nothing was measured")
    seconds = [sample.seconds for sample in samples]
    return Figure(
        median=round(median(seconds), 2),
        min=round(min(seconds), 2),
        max=round(max(seconds), 2),
        cpu=round(median(sample.cpu_seconds for sample in samples), 2),
        samples=tuple(round(value, 2) for value in seconds),
    )


def compared(samples: Iterable[Sample]) -> list[Comparison]:
    """Every line of the table."""
    taken = list(samples)

    def of(tool: str, part: Part) -> Figure:
        return figure([sample for sample in taken if (sample.tool, sample.part) == (tool, part)])

    return [Comparison(what, of("pulumi", left), of("tofu", right)) for what, left, right in LINES]


def order(number: int, tools: Sequence[str]) -> list[str]:
    """Whose turn comes first in round `number`, counted from 1: each is first every other time."""
    return list(tools) if number % 2 else list(reversed(tools))
