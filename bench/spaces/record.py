"""What a run leaves: docs/measured/bench-spaces.json, a table, and what was measured with few spaces."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.spaces.figures import Figure, Line, Part, Sample, figure
from bench.up.record import commit, machine
from socle.identity import write_private
from socle.paths import ROOT

FILE = ROOT / "docs" / "measured" / "bench-spaces.json"


@dataclass(frozen=True)
class Half:
    """What was measured while so many spaces existed. `sizes`: KiB of each state. `all_at_once`: previews."""

    spaces: int
    samples: list[Sample]
    all_at_once: Sample
    sizes: list[float]
    commit: str

    def keep(self, file: Path) -> None:
        """Write it: with few spaces one measures once, many are made afterwards and stay."""
        said = asdict(self)
        for one in (*said["samples"], said["all_at_once"]):
            one["part"] = one["part"].name
        write_private(file, json.dumps(said).encode())

    @classmethod
    def kept(cls, file: Path) -> Half | None:
        """That of an earlier run; None when there is none."""
        if not file.exists():
            return None
        said = json.loads(file.read_text(encoding="utf-8"))

        def sample(one: dict[str, Any]) -> Sample:
            return Sample(**{**one, "part": Part[one["part"]]})

        samples, whole = [sample(one) for one in said["samples"]], sample(said["all_at_once"])
        return cls(said["spaces"], samples, whole, said["sizes"], said["commit"])


def rest(few: Half, many: Half) -> list[Line]:
    """The lines that no round has: all previews at once, and the states."""
    whole = [
        Line(f"All previewed at once: {what}", unit, figure([left]), figure([right]))
        for what, unit, left, right in (
            ("time", "seconds", few.all_at_once.seconds, many.all_at_once.seconds),
            ("requests", "requests", float(few.all_at_once.requests), float(many.all_at_once.requests)),
            ("memory", "MiB", few.all_at_once.memory, many.all_at_once.memory),
        )
    ]
    return [*whole, Line("State of a space", "KiB", figure(few.sizes), figure(many.sizes))]


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


def show(few: int, many: int, lines: Sequence[Line], console: Console | None = None) -> None:
    """Print every line: medians with their extremes, and the ratio."""
    console = console or Console(width=150)
    table = Table(box=None, pad_edge=False)
    for heading in ("What", "unit", f"{few} spaces", f"{many} spaces", "ratio"):
        table.add_column(heading, justify="left" if heading == "What" else "right")
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        table.add_row(line.what, line.unit, _shown(line.few), _shown(line.many), ratio)
    console.print(table)


def _shown(one: Figure) -> str:
    return f"{one.median:.2f} ({one.min:.2f}-{one.max:.2f})"
