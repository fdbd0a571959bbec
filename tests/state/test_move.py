"""Stacks leave a folder for PostgreSQL: secrets encrypted, history too, resumable, refused when unsafe."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from socle.errors import ExitCode
from socle.toolchain import toolchain_bin
from tests.state.conftest import STACKS, Hire, Serving
from tests.state.team import ROOT, SECRETS, Engineer, Gate, ended, environment


@pytest.fixture(scope="module")
def changed(office: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two stacks, one of them changed twice."""
    backend = tmp_path_factory.mktemp("changed") / "backend"
    backend.mkdir()
    home = office / "home"
    env = environment(office / "second", toolchain_bin()[0], f"file://{backend}")
    somebody = Engineer("somebody", office / "project", {**env, "PULUMI_HOME": str(home)})
    for stack in STACKS:
        somebody.pulumi("stack", "init", stack, "--no-select")
        somebody.up(stack)
    somebody.up(STACKS[1], note="second")
    return backend


@pytest.fixture
def anna(hire: Hire, changed: Path) -> Engineer:
    """Who has a copy of that folder."""
    engineer = hire("anna", alone=True)
    shutil.copytree(changed, engineer.place / "backend", dirs_exist_ok=True)
    return engineer


@pytest.fixture
def url(serving: Serving, tmp_path: Path) -> str:
    """A table of this test's own."""
    return f"{serving.url}&table=m{tmp_path.name.lower().replace('-', '_')}"


def _there(engineer: Engineer, url: str) -> Engineer:
    """The same engineer in a new shell, after the move."""
    return replace(engineer, env={**engineer.env, "PULUMI_BACKEND_URL": url})


def test_stacks_are_the_same_after_a_move_that_was_killed(anna: Engineer, url: str) -> None:
    before = [anna.pulumi("stack", "export", "--show-secrets", "--stack", stack) for stack in STACKS]
    argv = [sys.executable, "-m", "socle", "state", "move", url]
    with subprocess.Popen(argv, cwd=ROOT, env=anna.env, stdout=subprocess.DEVNULL) as moving:
        log = anna.place / "log" / "move.log"
        _until(lambda: log.exists() and "stack import" in log.read_text())
        moving.send_signal(signal.SIGKILL)
    assert (anna.place / "backend").is_dir()
    # The old folder is closed for as long as it is not known what stands where.
    assert "the stack is currently locked" in anna.up(STACKS[1], ends=None)
    _settle(anna, url)
    said = anna.socle("state", "move", url)
    assert all(f"{stack}: 3 resources here and there, equal" in said for stack in STACKS), said
    there = _there(anna, url)
    after = [there.pulumi("stack", "export", "--show-secrets", "--stack", stack) for stack in STACKS]
    assert [_resources(text) for text in after] == [_resources(text) for text in before]
    anna.socle("state", "scan", fed="\n".join(SECRETS))
    for stack in STACKS:
        history = there.pulumi("stack", "history", "--stack", stack)
        assert history.count("Version: ") == (2 if stack == STACKS[1] else 1)
    there.pulumi("preview", "--stack", STACKS[0], "--expect-no-changes")
    kept = list(anna.place.glob("backend-moved-*"))
    assert len(kept) == 1
    assert not (anna.place / "backend").exists()
    assert not list(kept[0].rglob("locks/**/*.json"))
    assert not (anna.place / "moving").exists(), "an export was left behind"
    # Who goes on in the old shell is refused, and moving again moves nothing.
    assert "no such file or directory" in anna.up(STACKS[0], ends=None)
    anna.socle("state", "move", url)
    assert f"export PULUMI_BACKEND_URL='{url}'" in anna.socle("env", "--shell")


def test_a_stack_that_is_locked_or_there_with_other_content_is_not_moved(
    anna: Engineer, hire: Hire, url: str, gate: Gate
) -> None:
    holding = anna.start_up(STACKS[1], gate=str(gate.path), note="third")
    gate.reached()
    said = anna.socle("state", "move", url, ends=ExitCode.USAGE)
    assert f"{STACKS[1]}: locked by" in said
    assert f":{holding.pid} since" in said
    assert not list((anna.place / "backend").rglob("socle-state-move.json")), "the others stay closed"
    gate.open()
    ended(holding)
    other = _there(hire("bert"), url)
    other.pulumi("stack", "init", STACKS[1], "--no-select")
    other.up(STACKS[1], note="of bert")
    said = anna.socle("state", "move", url, ends=ExitCode.USAGE)
    assert f"{STACKS[1]}: there is one of this name with other content (3 resources here, 3 there)" in said
    assert "of bert" in other.pulumi("stack", "output", "--stack", STACKS[1])
    anna.up(STACKS[1])
    assert not (anna.place / "state-url").exists()


def test_an_environment_is_used_from_a_second_machine(hire: Hire, url: str, anna: Engineer) -> None:
    anna.socle("state", "move", url)
    bert = hire("bert", alone=True)
    bert.socle("state", "use", url)
    assert "local-data" in _there(bert, url).pulumi("stack", "ls")
    bert.socle("state", "use", url.replace("verify-full", "require"), ends=ExitCode.USAGE)


def _settle(engineer: Engineer, url: str) -> None:
    """The import that was under way ends by itself or was killed: in that case its lock is taken away."""
    argv = [sys.executable, "-m", "socle", "state", "lock", "--state", url]
    shown = ""

    def nobody_works() -> bool:
        nonlocal shown
        done = subprocess.run(argv, cwd=ROOT, env=engineer.env, capture_output=True, text=True, check=False)
        shown = done.stdout
        return "at work" not in shown

    _until(nobody_works)
    for stack in STACKS:
        if f"\n{stack} " in shown:
            engineer.socle("state", "unlock", "--state", url, stack)


def _resources(exported: str) -> str:
    """From the resources on: before them stands when it was written."""
    return exported.partition('"secrets_providers"')[2]


def _until(true: Callable[[], bool], patience: float = 60.0) -> None:
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
