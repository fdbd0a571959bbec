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


@pytest.mark.parametrize("page", tables.PAGES, ids=lambda page: page.name)
def test_measured_tables_are_those_of_the_files(page: Path) -> None:
    text = page.read_text()
    assert tables.MARKED.search(text), f"{page.name} has no measured table"
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


def test_what_many_cost_is_shown_beside_what_few_do(tmp_path: Path) -> None:
    def row(what: str, unit: str, ratio: float | None, few: float, many: float) -> dict[str, object]:
        sides = {
            name: {"median": value, "min": value, "max": value + 1, "samples": [value]}
            for name, value in (("few", few), ("many", many))
        }
        return {"what": what, "unit": unit, "ratio": ratio, **sides}

    measured = {
        "commit": "abc1234",
        "date": "2026-11-25",
        "machine": "2 cores",
        "spaces": {"few": 2, "many": 233},
        "rounds": 5,
        "parallel": 2,
        "left out": "servers",
        "rows": [
            row("Opened", "seconds", 1.04, 10.0, 10.4),
            row("Opened", "requests", None, 0, 80),
            row("State", "KiB", 1.0, 50.125, 50.125),
        ],
    }
    (tmp_path / "bench-spaces.json").write_text(json.dumps(measured))
    assert tables.table("bench-spaces", tmp_path).splitlines() == [
        "| What | 2 exist | 233 exist | Ratio |",
        "|---|---|---|---|",
        "| Opened | 10 s (10-11) | 10.4 s (10.4-11.4) | 1.04 |",
        "| Opened: requests | 0 (0-1) | 80 (80-81) |  |",
        "| State | 50.12 KiB (50.12-51.12) | 50.12 KiB (50.12-51.12) | 1.00 |",
        "",
        "Median (least-most) of 5 rounds, 2 at once where all are previewed. Left out: servers.",
        "",
        "Measured on 2026-11-25 at commit `abc1234`: 2 cores.",
    ]


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


def test_a_rival_that_has_not_run_is_not_shown_as_one_that_found_nothing(tmp_path: Path) -> None:
    def tool(found: int, **more: object) -> dict[str, object]:
        said = {"version": "1", "date": "2026-11-30", "commit": "abc1234", "found": found, "shown": 1}
        return {**said, "twins": {}, "not_made": {}, **more}

    measured = {
        "tools": {"pack": tool(1, twins={"X-1": 2}), "prowler": tool(0, not_made={"b-bad": "no check"})},
        "notes": ["First: 0."],
        "rows": [
            {"id": "a", "what": "A", "sources": ["S"], "pack": ["X-2"], "prowler": []},
            {"id": "b", "what": "B", "sources": ["S", "T"], "pack": [], "prowler": []},
        ],
    }
    (tmp_path / "rivals.json").write_text(json.dumps(measured))
    lines = tables.table("rivals", tmp_path).splitlines()
    assert "| This pack 1 | 1 | 1 | X-1 2 | 2026-11-30, `abc1234` |" in lines
    assert "| A | S | not run yet |  | X-2 |" in lines
    assert "| B | S, T | not run yet | not shown |  |" in lines
    assert lines[-1] == "First: 0."
    french = tables.table("rivals-fr", tmp_path)
    assert "| Checkov | pas encore exécuté | | | |" in french
    assert "| A |" not in french
