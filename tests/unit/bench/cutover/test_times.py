"""Times of a large migration follow from what was measured, and the page says no others."""

from __future__ import annotations

import json

from bench.cutover.times import OBJECTS, READ_ONLY, STEPS, WAIT, rows
from socle.paths import ROOT

FAST = {"inventory": 1e9, "copy": 1e9, "verify": 1e9, "delete": 1e9}


def test_large_objects_take_what_the_line_takes() -> None:
    said = {row["step"]: row["seconds"] for row in rows(FAST, 1)}
    # 400e12 bytes over 125e6 bytes a second, of which three quarters
    assert said["copy"] == {"1 Gb/s": 4_266_667, "10 Gb/s": 426_667}
    assert said["verification"] == said["copy"]
    assert said["inventory"] == {"1 Gb/s": 0, "10 Gb/s": 0}


def test_many_objects_take_what_their_requests_take_and_processes_share_them() -> None:
    slow = {**FAST, "copy": 1.0, "delete": 100.0}
    said = {row["step"]: row["seconds"] for row in rows(slow, 4)}
    assert said["copy"]["10 Gb/s"] == OBJECTS / 4
    assert said["deletion at the source"]["1 Gb/s"] == OBJECTS / 100


def test_the_source_is_read_only_for_all_steps_between() -> None:
    said = {row["step"]: row["seconds"] for row in rows({**FAST, "inventory": 1000}, 2)}
    assert said[WAIT]["1 Gb/s"] == 2 * OBJECTS / 1000 + said["verification"]["1 Gb/s"]
    assert set(READ_ONLY) < {step for step, _, _ in STEPS}


def test_what_the_file_says_was_calculated_from_what_it_says_was_measured() -> None:
    said = json.loads((ROOT / "docs/measured/migrate-times.json").read_text())
    assert said["calculated"] == rows(said["per_second"], said["processes"])
    for verb, seconds in said["seconds"].items():
        assert abs(said["objects"] / seconds - said["per_second"][verb]) < 0.01 * said["per_second"][verb]
