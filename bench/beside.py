"""Ours beside a named peer: medians, extremes and the ratio, as docs/measured/ keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.up.record import commit, machine


@dataclass(frozen=True)
class Line:
    """Seconds, or another unit, of both sides, in the order in which they were taken; a ratio below 1:
    ours is less."""

    what: str
    ours: tuple[float, ...]
    peer: tuple[float, ...]
    aim: float
    unit: str = "seconds"

    @property
    def ratio(self) -> float:
        """Of the medians; ValueError when a side has no sample."""
        if not self.ours or not self.peer:
            raise ValueError(f"{self.what}: a side was not measured")
        return median(self.ours) / median(self.peer)

    def row(self) -> dict[str, Any]:
        """As docs/measured/ keeps it."""
        return {
            "what": self.what,
            "unit": self.unit,
            "ratio": round(self.ratio, 3),
            "aim": self.aim,
            "ours": _figure(self.ours),
            "peer": _figure(self.peer),
        }

    def said(self) -> str:
        """One line for the terminal; whether the aim is met is said, not judged."""
        met = "met" if self.ratio <= self.aim else "missed"
        ours, peer = median(self.ours), median(self.peer)
        unit = "s" if self.unit == "seconds" else self.unit
        said = f"{ours:.1f} {unit} beside {peer:.1f} {unit}"
        return f"{self.what}: {said}, ratio {self.ratio:.3f} (aim {self.aim}: {met})"


def _figure(samples: Sequence[float]) -> dict[str, Any]:
    kept = [round(one, 2) for one in samples]
    return {"median": round(median(kept), 2), "min": min(kept), "max": max(kept), "samples": kept}


def write(path: Path, cloud: str, lines: Sequence[Line], conditions: Mapping[str, Any]) -> None:
    """Keep the figures with what they were measured under."""
    kept = {
        "commit": commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(cloud),
        **conditions,
        "rows": [line.row() for line in lines],
    }
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
