"""What the samples come to: medians, and what each pack costs over none. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.spaces.figures import Figure, figure

LIMIT = 1.10
"""A preview with the pack may take so many times what one without takes."""
WAYS = ("without", "pack", "naive")


@dataclass(frozen=True)
class Compared:
    """Seconds of a preview without a pack, with this project's, and with the naive one."""

    without: Figure
    pack: Figure
    naive: Figure

    @classmethod
    def of(cls, samples: Mapping[str, Sequence[float]]) -> Compared:
        """By way; ValueError when one was not measured."""
        return cls(**{way: figure(samples.get(way, ())) for way in WAYS})

    def ratio(self, way: str) -> float:
        """Of the medians, over no pack."""
        found: Figure = getattr(self, way)
        return found.median / self.without.median

    def row(self) -> dict[str, Any]:
        """As docs/measured/ keeps it."""
        ratios = {f"{way}_ratio": round(self.ratio(way), 2) for way in WAYS[1:]}
        return {"what": "`pulumi preview`", "unit": "seconds", **ratios, **asdict(self)}
