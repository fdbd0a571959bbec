"""Medians, extremes and ratios; what is kept between two runs; the memory of processes that really run."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench.spaces import record
from bench.spaces.figures import OPENING, Part, Sample, figure, scaled
from bench.spaces.memory import peak
from bench.spaces.record import Half, rest

GROW = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "x = bytearray(80 << 20); import time; time.sleep(1.5)"])
x = bytearray(60 << 20)
time.sleep(1.5)
child.wait()
"""


def taken(scale: float) -> list[Sample]:
    return [
        Sample(part, scale * (number + 1) * (round_ + 1), int(10 * scale), 100.0)
        for round_ in range(3)
        for number, part in enumerate(Part)
    ]


def half(spaces: int, scale: float) -> Half:
    whole = Sample(Part.PREVIEW, scale * 20, spaces * 7, 800.0)
    return Half(spaces, taken(scale), whole, [50.0, 51.0], "abc1234")


def test_an_opening_is_the_sum_of_its_parts_in_each_round() -> None:
    lines = scaled(taken(1.0), taken(2.0))
    assert lines[0].few.samples == (6.0, 12.0, 18.0)
    assert (lines[0].few.median, lines[0].few.min, lines[0].few.max) == (12.0, 6.0, 18.0)
    assert lines[0].ratio == 2.0
    assert [line.what for line in lines[1 : 1 + len(OPENING)]] == [part.value for part in OPENING]
    units = {(line.what, line.unit): line.ratio for line in lines}
    assert units[(Part.UP.value, "requests")] == 2.0
    assert units[(Part.UP.value, "MiB")] == 1.0


def test_what_cost_nothing_has_no_ratio_and_no_samples_are_an_error() -> None:
    nothing = [Sample(one.part, one.seconds, 0, one.memory) for one in taken(1.0)]
    lines = {(line.what, line.unit): line for line in scaled(nothing, taken(1.0))}
    assert lines[(Part.UP.value, "requests")].ratio is None
    assert lines[(Part.UP.value, "requests")].row()["ratio"] is None
    with pytest.raises(ValueError, match="no samples"):
        figure([])


def test_what_was_measured_with_few_is_kept_for_the_run_that_goes_on(tmp_path: Path) -> None:
    assert Half.kept(tmp_path / "few.json") is None
    half(2, 1.0).keep(tmp_path / "few.json")
    assert Half.kept(tmp_path / "few.json") == half(2, 1.0)


def test_a_record_has_every_value_and_what_it_was_measured_under(tmp_path: Path) -> None:
    few, many = half(2, 1.0), half(5, 1.05)
    lines = [*scaled(few.samples, many.samples), *rest(few, many)]
    record.write(tmp_path / "x.json", "none", lines, {"rounds": 3, "spaces": {"few": 2, "many": 5}})
    said = json.loads((tmp_path / "x.json").read_text())
    assert said["spaces"] == {"few": 2, "many": 5}
    assert said["rows"][0]["ratio"] == 1.05
    assert said["rows"][0]["many"]["samples"] == [6.3, 12.6, 18.9]
    assert said["rows"][-1] == {
        "what": "State of a space",
        "unit": "KiB",
        "ratio": 1.0,
        "few": {"median": 50.5, "min": 50.0, "max": 51.0, "samples": [50.0, 51.0]},
        "many": {"median": 50.5, "min": 50.0, "max": 51.0, "samples": [50.0, 51.0]},
    }
    out = io.StringIO()
    record.show(2, 5, lines, Console(file=out, width=150))
    assert "12.00 (6.00-18.00)" in out.getvalue()


def test_memory_is_that_of_all_descendants_together() -> None:
    with peak() as found:
        subprocess.run([sys.executable, "-c", GROW], check=True)
    assert 140 < found.size / 2**20 < 260
    with peak() as nothing:
        pass
    assert nothing.size < 2**20
