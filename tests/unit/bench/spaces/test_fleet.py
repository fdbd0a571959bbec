"""Making many spaces: bounded, shown, gone on with after a failure; rounds that leave nothing behind.

`pulumi` and `python` are stand-ins that keep a state file as the real one would, and note their arguments.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.spaces import facts, fleet, ground
from bench.spaces.figures import Part
from bench.spaces.fleet import Fleet
from bench.spaces.ground import Ground, lift_limits, restore_limits
from bench.spaces.rounds import Rounds, state_file, state_sizes
from socle.env import describe
from socle.errors import FailureError
from socle.identity import make_folder
from tests.unit.bench.test_rounds import Report

PULUMI = """#!/bin/sh
echo "$PULUMI_STACK $OS_CLIENT_CONFIG_FILE $*" >>"{folder}/calls"
state="{folder}/own/backend/.pulumi/stacks/hdh"
case "$1 $2" in
  "stack ls") cd "$state"; echo "[$(ls | sed 's/\\(.*\\)\\.json/{{"name":"\\1"}}/' | paste -sd,)]" ;;
  "stack init") echo '{{}}' >"$state/$3.json" ;;
  "stack rm") rm "$state/$3.json" ;;
esac
[ ! -e "{folder}/fail-$1" ] || {{ echo "error: quota exceeded"; exit 255; }}
"""
STACKS = [facts.stack_of(number) for number in range(6)]


@pytest.fixture
def laid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path / "state"))
    own = make_folder(tmp_path / "own")
    (own / "backend/.pulumi/stacks/hdh").mkdir(parents=True)
    tools = make_folder(tmp_path / "tools")
    for name in ("pulumi", "python"):
        (tools / name).write_text(PULUMI.format(folder=tmp_path))
        (tools / name).chmod(0o755)
    standing = describe("local", {"PATH": os.environ["PATH"]})
    environment = ground.own_environment(standing, own, facts.PLATFORM)
    variables = {**environment.variables, "PATH": f"{tools}:{os.environ['PATH']}"}
    (tmp_path / "project/stacks").mkdir(parents=True)
    here = type(environment)("local", own, variables)
    return Ground(here, tmp_path / "project", make_folder(tmp_path / "logs"))


def calls(folder: Path, clouds: str = "") -> list[str]:
    """The tools' arguments so far; of those behind this clouds.yaml when it is named."""
    lines = [line.split(" ", 2) for line in (folder / "calls").read_text().splitlines()]
    return [words for _, config, words in lines if clouds in config]


def test_no_more_at_once_than_allowed_and_what_is_finished_is_not_made_again(laid: Ground) -> None:
    under_way, most, made = [0], [0], list[str]()
    guard = threading.Lock()

    def bring(_ground: Ground, stack: str) -> None:
        with guard:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.05)
        with guard:
            under_way[0] -= 1
            made.append(stack)

    said: list[str] = []
    (laid.finished / STACKS[0]).touch()
    raising = Fleet(laid, 2, said.append, bring)
    raising.raise_to(STACKS)
    assert (sorted(made), most[0]) == (STACKS[1:], 2)
    assert said[0] == "1 of 6 spaces stand; 5 to be made"
    assert said[-1].startswith("5 of 5 made, ")
    raising.raise_to(STACKS)
    assert len(made) == 5
    assert said[-1] == "all 6 spaces stand"


def test_after_a_failure_those_under_way_end_and_the_next_run_makes_the_rest(laid: Ground) -> None:
    made: list[str] = []
    bad = {STACKS[2]}

    def bring(_ground: Ground, stack: str) -> None:
        if stack in bad:
            raise FailureError("quota exceeded", stack)
        time.sleep(0.05)
        made.append(stack)

    with pytest.raises(FailureError, match="quota exceeded"):
        Fleet(laid, 2, lambda _: None, bring).raise_to(STACKS)
    assert {path.name for path in laid.finished.iterdir()} == set(made)
    assert len(made) < 5
    bad.clear()
    Fleet(laid, 2, lambda _: None, bring).raise_to(STACKS)
    assert sorted(made) == STACKS


def test_a_new_space_is_only_brought_up_and_an_interrupted_one_settled_before(
    laid: Ground, tmp_path: Path
) -> None:
    (tmp_path / "fail-up").touch()
    with pytest.raises(FailureError, match=f"{STACKS[0]}: pulumi up .*quota exceeded"):
        fleet.bring(laid, STACKS[0])
    assert not any("infra.leftovers" in words for words in calls(tmp_path))
    (tmp_path / "fail-up").unlink()
    lock = tmp_path / f"own/backend/.pulumi/locks/organization/hdh/{STACKS[0]}/x.json"
    lock.parent.mkdir(parents=True)
    lock.write_text('{"pid": 1')  # of a pulumi that was killed while it wrote
    fleet.bring(laid, STACKS[0])
    assert not lock.exists()
    words = calls(tmp_path)
    assert words.count(f"stack init {STACKS[0]} --no-select --non-interactive") == 1
    assert [one.split(" --")[0] for one in words[-2:]] == ["-m infra.leftovers", "up"]


def rounds(laid: Ground, tmp_path: Path, asked: list[int]) -> Rounds:
    def count() -> int:
        asked[0] += 3
        return asked[0]

    return Rounds(laid, tmp_path / "counted.yaml", count, Report())


def test_a_round_does_every_part_behind_the_counter_and_leaves_nothing(laid: Ground, tmp_path: Path) -> None:
    samples = rounds(laid, tmp_path, [0]).run(7, 2, 2)
    assert [sample.part for sample in samples] == [*Part] * 2
    assert {sample.requests for sample in samples} == {3}
    assert all(sample.seconds > 0 for sample in samples)
    behind = [words.split(" --")[0] for words in calls(tmp_path, "counted.yaml")]
    assert behind == ["-m infra.leftovers", "up", "preview", "-m infra.hosts", "destroy"] * 2
    assert not state_file(laid, facts.stack_of(7)).exists()
    assert list((laid.project / "stacks").iterdir()) == []


def test_what_a_failed_round_left_goes_before_the_next(laid: Ground, tmp_path: Path) -> None:
    (tmp_path / "fail-up").touch()
    with pytest.raises(FailureError, match=r"pulumi up .*quota exceeded"):
        rounds(laid, tmp_path, [0]).run(7, 1, 2)
    assert state_file(laid, facts.stack_of(7)).exists()
    assert list((laid.project / "stacks").iterdir()) == []
    (tmp_path / "fail-up").unlink()
    before = len(calls(tmp_path))
    rounds(laid, tmp_path, [0]).run(7, 1, 2)
    assert [words.split(" --")[0] for words in calls(tmp_path)[before : before + 3]] == [
        "-m infra.leftovers",
        "destroy",
        f"stack rm {facts.stack_of(7)}",
    ]
    assert not state_file(laid, facts.stack_of(7)).exists()


def test_a_space_that_is_to_exist_is_not_measured_with(laid: Ground, tmp_path: Path) -> None:
    (laid.finished / facts.stack_of(7)).touch()
    with pytest.raises(FailureError, match="stands already"):
        rounds(laid, tmp_path, [0]).run(7, 1, 2)


def test_all_are_previewed_and_one_that_would_change_ends_it(laid: Ground, tmp_path: Path) -> None:
    run = rounds(laid, tmp_path, [0])
    for stack in STACKS:
        fleet.bring(laid, stack)
    whole = run.preview_all(STACKS, 3)
    assert (whole.part, whole.requests) == (Part.PREVIEW, 3)
    assert [words.split()[0] for words in calls(tmp_path, "counted.yaml")] == ["preview"] * 6
    assert all("--expect-no-changes" in words for words in calls(tmp_path, "counted.yaml"))
    assert state_sizes(laid, STACKS) == [3 / 1024] * 6
    (tmp_path / "fail-preview").touch()
    with pytest.raises(FailureError, match="pulumi preview"):
        run.preview_all(STACKS, 3)


class Operator:
    """The quotas of one project; -1 stands for none."""

    def __init__(self) -> None:
        self.said = {name: 10 for names in ground.LIMITS.values() for name in names}

    def get_network_quotas(self, _project: str) -> Any:
        return SimpleNamespace(**self.said)

    def set_network_quotas(self, _project: str, **said: int) -> None:
        self.said |= said

    get_compute_quotas, set_compute_quotas = get_network_quotas, set_network_quotas


def test_limits_are_lifted_and_put_back_also_after_a_run_that_was_killed(tmp_path: Path) -> None:
    admin = Operator()
    for _ in range(2):  # the second finds them lifted, and must not take that for how they were
        lift_limits(tmp_path, admin, "p", lambda _: None)
        assert set(admin.said.values()) == {ground.UNLIMITED}
    for _ in range(2):
        restore_limits(tmp_path, admin, "p", lambda _: None)
        assert set(admin.said.values()) == {10}
