"""Checking both ways against a host that answers from memory: same verdicts, one trip beside many."""

from __future__ import annotations

from typing import Any

import pytest

from bench.beside import Line
from bench.check.sides import held, ours, peers, same, sections
from socle.errors import FailureError
from tests.hosts.checks import Host, State
from tests.unit.controls.shared import HOST

STATE = State(
    {"mounts": {"value": {"mounts": {}, "devices": {}, "mapped": {}}}, "packages": {"value": ["dpkg"]}}
)


class Standin:
    """Counts round trips."""

    def __init__(self) -> None:
        self.trips: list[tuple[str, ...]] = []

    def collect(self, _host: Host, only: tuple[str, ...]) -> State:
        self.trips.append(only)
        return State({k: v for k, v in STATE.sections.items() if not only or k in only})


def test_one_trip_beside_one_for_each_control_and_the_same_verdicts() -> None:
    host = Standin()
    reads = sections(HOST, STATE)
    assert reads["SOC-MNT-01"] == ("mounts",)
    assert reads["SOC-PKG-01"] == ("packages",)
    one = ours(HOST, host.collect)
    assert host.trips == [()]
    other = peers(HOST, host.collect, reads)
    assert host.trips[1:] == list(reads.values())
    assert len(reads) == len(held(HOST)) > 40
    assert one == other


def test_ways_that_disagree_or_read_nothing_give_no_figure() -> None:
    with pytest.raises(FailureError, match="do not agree: A pass/fail"):
        same(HOST, {"A": "pass"}, {"A": "fail"})
    with pytest.raises(FailureError, match="not the same controls"):
        same(HOST, {"A": "pass"}, {"A": "pass", "B": "pass"})
    with pytest.raises(FailureError, match="could not be read: A"):
        same(HOST, {"A": "unproven"}, {"A": "unproven"})


def test_a_line_is_the_ratio_of_medians_and_says_whether_the_aim_is_met() -> None:
    line = Line("h", (1.0, 9.0, 2.0), (10.0, 30.0, 20.0), 0.1)
    assert line.ratio == pytest.approx(0.1)
    assert line.said().endswith("ratio 0.100 (aim 0.1: met)")
    row: dict[str, Any] = line.row()
    assert (row["ours"]["median"], row["peer"]["max"]) == (2.0, 30.0)
    with pytest.raises(ValueError, match="was not measured"):
        _ = Line("h", (), (1.0,), 0.1).ratio
