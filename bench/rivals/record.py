"""What a run leaves: docs/measured/rivals.json. Tools that were not asked keep what they said before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.rivals.findings import Scan, caught, of_twins
from bench.rivals.seeds import BAD, Case, Seed
from bench.up.record import commit
from socle.errors import UserError
from socle.paths import ROOT

FILE = ROOT / "docs" / "measured" / "rivals.json"
TOOLS = ("pack", "checkov", "prowler")


def document(
    seeds: Sequence[Seed], scans: Mapping[str, Scan], before: Mapping[str, Any], machine: str
) -> dict[str, Any]:
    """All that is known: of each seed what each tool said, and why one was not shown it."""
    now = {"commit": commit(), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    tools = {**before.get("tools", {}), **{name: _tool(one, seeds, now) for name, one in scans.items()}}
    said_before = {row["id"]: row for row in before.get("rows", ())}
    rows = [_row(seed, scans, said_before.get(seed.id, {})) for seed in seeds]
    kept = {name: tools[name] for name in TOOLS if name in tools}
    return {**now, "machine": machine, "tools": kept, "notes": before.get("notes", []), "rows": rows}


def earlier(path: Path) -> dict[str, Any]:
    """What a file of an earlier run says, nothing when there is none; UserError when it is no such file."""
    if not path.exists():
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = {}
    if "rows" not in found or "tools" not in found:
        raise UserError("is no file of this benchmark", str(path), "name another with --output")
    return found


def write(path: Path, said: Mapping[str, Any]) -> None:
    """As JSON that a reviewer can read."""
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _tool(scan: Scan, seeds: Sequence[Seed], now: Mapping[str, str]) -> dict[str, Any]:
    found = sum(1 for seed in seeds if caught(seed, scan.findings))
    return {
        "version": scan.version,
        **now,
        "found": found,
        "shown": sum(1 for seed in seeds if Case(seed, BAD).name not in scan.not_made),
        "twins": of_twins(scan.findings, seeds),
        "elsewhere": scan.elsewhere,
        "not_made": dict(scan.not_made),
    }


def _row(seed: Seed, scans: Mapping[str, Scan], before: Mapping[str, Any]) -> dict[str, Any]:
    said = {
        tool: list(caught(seed, scans[tool].findings)) if tool in scans else before.get(tool)
        for tool in TOOLS
        if tool in scans or tool in before
    }
    return {"id": seed.id, "what": seed.title, "sources": list(seed.sources), "at": list(seed.at), **said}
