"""What a run leaves: docs/measured/bench-up.json, and the table on the terminal."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.up.figures import Comparison, Figure
from socle.paths import ROOT, cloud_dir
from socle.records import project_version

FILE = ROOT / "docs" / "measured" / "bench-up.json"


def commit() -> str:
    """The measured commit, short; `.dirty` when files differ from it."""
    return project_version().rpartition("+g")[2]


def machine(cloud: str) -> str:
    """Cores, memory, system, and how the cloud runs its guests."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    system = platform.freedesktop_os_release()
    facts = cloud_dir(cloud) / "facts.json"
    kind = str(json.loads(facts.read_text(encoding="utf-8")).get("virt_type")) if facts.exists() else ""
    guests = {"kvm": "guests on KVM", "qemu": "guests emulated (no usable KVM)"}.get(kind, "guests unknown")
    name = f"{system.get('NAME', 'unknown').split()[0]} {system.get('VERSION_ID', '')}".strip()
    return f"{os.cpu_count()} cores, {round(pages * size / 2**30)} GiB, {name}, {guests}"


def write(path: Path, cloud: str, lines: Sequence[Comparison], conditions: Mapping[str, Any]) -> None:
    """Keep the figures with what they were measured under."""
    kept = {
        "commit": commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(cloud),
        **conditions,
        "rows": [line.row() for line in lines],
    }
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def show(lines: Sequence[Comparison], console: Console | None = None) -> None:
    """Print every line: medians with their extremes, the ratio, and the processor time behind them."""
    console = console or Console(width=None if os.isatty(1) else 150)
    table = Table(box=None, pad_edge=False)
    table.add_column("What")
    for heading in ("pulumi", "tofu", "ratio", "processor s: pulumi", "tofu"):
        table.add_column(heading, justify="right")
    for line in lines:
        cpu = f"{line.pulumi.cpu:.1f}", f"{line.tofu.cpu:.1f}"
        table.add_row(line.what, _shown(line.pulumi), _shown(line.tofu), f"{line.ratio:.2f}", *cpu)
    console.print(table)


def _shown(figure: Figure) -> str:
    return f"{figure.median:.1f} s ({figure.min:.1f}-{figure.max:.1f})"
