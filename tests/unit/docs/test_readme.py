"""README.md says what the measured files say, and points at what exists."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SPEC = importlib.util.spec_from_file_location("tables", ROOT / "docs/measured/tables.py")
assert SPEC is not None
assert SPEC.loader is not None
tables = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tables)


def test_measured_tables_are_those_of_the_files() -> None:
    text = (ROOT / "README.md").read_text()
    assert tables.MARKED.search(text), "README.md has no measured table"
    assert tables.filled(text) == text


def test_a_figure_changed_by_hand_is_seen() -> None:
    text = (ROOT / "README.md").read_text()
    assert tables.filled(text.replace("| What | Time |", "| What | Speed |")) == text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "not measured"),
        (0.4321, "0.432 s"),
        (59.4, "59.4 s"),
        (61, "1 min 01 s"),
        (2400, "40 min 00 s"),
    ],
)
def test_durations_read_naturally(seconds: float | None, shown: str) -> None:
    assert tables.duration(seconds) == shown


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT) for p in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text())
    dead = [t for t in targets if "://" not in t and not ((ROOT / page).parent / t).exists()]
    assert dead == []


COMPARED = {
    "commit": "abc1234",
    "date": "2026-11-25",
    "machine": "2 cores",
    "rounds": 5,
    "parallel": 10,
    "versions": {"pulumi": "3.259.0", "tofu": "1.12.6", "provider": "3.4.0"},
    "resources": {"networking port": 4, "compute instance": 2},
    "rows": [
        {
            "what": "Everything made",
            "ratio": 0.948,
            "pulumi": {"median": 61.0, "min": 30.25, "max": 75.5},
            "tofu": {"median": 64.37, "min": 31.0, "max": 80.0},
        }
    ],
}


def test_a_comparison_is_shown_with_its_ratio_and_conditions(tmp_path: Path) -> None:
    (tmp_path / "bench-x.json").write_text(json.dumps(COMPARED))
    lines = tables.table("bench-x", tmp_path).splitlines()
    assert lines[2] == "| Everything made | 1 min 01 s (30.2-75.5) | 1 min 04 s (31-80) | 0.95 |"
    assert "of 5 rounds, 6 resources, 10 operations at once; Pulumi 3.259.0, OpenTofu 1.12.6" in lines[4]
    assert lines[-1] == "Measured on 2026-11-25 at commit `abc1234`: 2 cores."


def test_what_was_not_measured_yet_has_an_empty_table(tmp_path: Path) -> None:
    assert tables.table("bench-x", tmp_path) == ""
