"""README.md says what the measured files say, and points at what exists."""

from __future__ import annotations

import importlib.util
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
