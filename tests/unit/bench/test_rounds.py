"""The rounds with stand-ins for tools and cloud: what is compared, and what ends a run without figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.up.figures import Part, compared
from bench.up.inventory import Thing, thing
from bench.up.rounds import Rounds
from bench.up.tools import Tool
from socle.errors import FailureError

MADE = [thing("network", "bench-admin", tags=["env=bench"]), thing("server", "bench-bastion")]


class Report:
    """Keeps what was told."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.notes: list[str] = []

    def start(self, number: int, of: int, title: str, upcoming: str) -> None:
        self.titles.append(f"{number}/{of} {title}; next: {upcoming}")

    def line(self, text: str) -> None: ...

    def note(self, text: str) -> None:
        self.notes.append(text)

    def done(self, seconds: float, outcome: str) -> None: ...


class Cloud:
    """What is there; each stand-in tool puts its things there and takes them away."""

    def __init__(self) -> None:
        self.there: list[Thing] = []

    def tool(self, name: str, folder: Path, makes: list[Thing], leaves: int = 0, **more: Any) -> Tool:
        commands = {part: ("true", part.name) for part in Part}
        fields: dict[str, Any] = {"unchanged": "", "state": lambda: Counter(it.kind for it in makes)}
        cloud = self

        class Standing(Tool):
            def run(self, part: Part, on_line: Callable[[str], None]) -> Any:
                sample = super().run(part, on_line)
                if part is Part.UP:
                    cloud.there = list(makes)
                elif part is Part.DESTROY:
                    cloud.there = makes[:leaves]
                return sample

        fields |= {"commands": commands, **more}
        return Standing(name, "1", folder, {"PATH": "/usr/bin:/bin"}, folder, ("true",), **fields)

    def rounds(self, *tools: Tool) -> tuple[Rounds, Report]:
        report = Report()
        return Rounds({tool.name: tool for tool in tools}, lambda: self.there, report, 0.0), report


def test_two_rounds_measure_every_part_of_both(tmp_path: Path) -> None:
    cloud = Cloud()
    rounds, report = cloud.rounds(cloud.tool("pulumi", tmp_path, MADE), cloud.tool("tofu", tmp_path, MADE))
    rounds.run(2)
    assert [(sample.tool, sample.part) for sample in rounds.samples] == [
        (tool, part) for tool in ("pulumi", "tofu", "tofu", "pulumi") for part in Part
    ]
    assert all(len(line.pulumi.samples) == 2 for line in compared(rounds.samples))
    assert report.titles[0].startswith("1/16 round 1 of 2, pulumi: make everything")
    assert "next: round 1 of 2, pulumi: again" in report.titles[0]
    assert any("both made the same 2 things" in note for note in report.notes)


def test_unlike_things_end_the_run(tmp_path: Path) -> None:
    cloud = Cloud()
    less = cloud.tool("tofu", tmp_path, MADE[:1])
    rounds, _ = cloud.rounds(cloud.tool("pulumi", tmp_path, MADE), less)
    with pytest.raises(
        FailureError, match="did not make the same: server bench-bastion: made by pulumi only"
    ):
        rounds.run(1)


def test_states_that_count_otherwise_end_the_run(tmp_path: Path) -> None:
    cloud = Cloud()
    more = cloud.tool("tofu", tmp_path, MADE, state=lambda: Counter(network=1, server=1, route=1))
    rounds, _ = cloud.rounds(cloud.tool("pulumi", tmp_path, MADE), more)
    with pytest.raises(FailureError, match="state: 0 route by pulumi, 1 by tofu"):
        rounds.run(1)


def test_what_a_destroy_left_ends_the_run(tmp_path: Path) -> None:
    cloud = Cloud()
    rounds, _ = cloud.rounds(
        cloud.tool("pulumi", tmp_path, MADE, leaves=1), cloud.tool("tofu", tmp_path, MADE)
    )
    with pytest.raises(FailureError, match="pulumi destroyed all and left network bench-admin"):
        rounds.run(1)


def test_a_second_run_that_changes_something_ends_the_run(tmp_path: Path) -> None:
    said = dict.fromkeys(Part, ("echo", "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."))
    cloud = Cloud()
    changing = cloud.tool("tofu", tmp_path, MADE, commands=said, unchanged="0 added, 0 changed, 0 destroyed")
    rounds, _ = cloud.rounds(cloud.tool("pulumi", tmp_path, MADE), changing)
    with pytest.raises(FailureError, match="tofu: a second run changed something; see "):
        rounds.run(1)


def test_a_tool_that_fails_ends_the_run_with_its_own_words(tmp_path: Path) -> None:
    commands = dict.fromkeys(Part, ("sh", "-c", "echo Error: no such flavor; exit 1"))
    cloud = Cloud()
    rounds, _ = cloud.rounds(cloud.tool("pulumi", tmp_path, MADE, commands=commands))
    with pytest.raises(FailureError, match="ended with 1: Error: no such flavor; log: "):
        rounds.run(1)
