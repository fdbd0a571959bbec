"""The killer on scripts: the whole session dies, also what left its process group, and in time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.killer import line, run_and_kill
from tests.faults.session import kill_session, members

# A plugin in a process group of its own, as Pulumi starts them, and a daemon in a session of its own.
FAMILY = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
print("plugin", subprocess.Popen(sleep, process_group=0).pid, flush=True)
print("daemon", subprocess.Popen(sleep, start_new_session=True).pid, flush=True)
print("ready", flush=True)
time.sleep(300)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_all_that_it_started_dies_with_it() -> None:
    ended = run_and_kill([sys.executable, "-c", FAMILY], when=lambda _, text: text == "ready", limit=30)
    pids = [int(number) for number in re.findall(r"\d+", " ".join(ended.lines))]
    assert len(pids) == 2
    assert ended.exit_code is None
    assert {process.pid for process in ended.processes} >= set(pids)
    assert not any(alive(process.pid) for process in ended.processes)
    assert str(ended).startswith("killed at its line")


def test_nothing_else_dies() -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as bystander:
        run_and_kill(["sh", "-c", "echo here; sleep 60"], when=line(1), limit=30)
        assert bystander.poll() is None
        bystander.kill()


@pytest.mark.parametrize(("number", "shown"), [(1, 1), (7, 7)])
def test_it_dies_at_the_line_that_was_asked_for(number: int, shown: int) -> None:
    script = "i=0; while [ $i -lt 50 ]; do i=$((i + 1)); echo line $i; sleep 0.2; done"
    ended = run_and_kill(["sh", "-c", script], when=line(number), limit=30)
    assert shown <= len(ended.lines) <= shown + 2


def test_it_waits_a_while_after_the_line() -> None:
    ended = run_and_kill(["sh", "-c", "echo here; exec sleep 60"], when=line(1), then_wait=0.5, limit=30)
    assert 0.5 <= ended.seconds < 10


def test_it_waits_for_a_program_after_the_line() -> None:
    script = "echo here; sleep 1; exec tail -f /dev/null"
    ended = run_and_kill(["sh", "-c", script], when=line(1), then_program="tail", limit=30)
    assert 1 <= ended.seconds < 10
    assert "tail" in {one.name for one in ended.processes}
    assert ended.moment == "tail, after its line"


def test_a_program_that_never_comes_leaves_the_limit() -> None:
    ended = run_and_kill(
        ["sh", "-c", "echo here; exec sleep 60"], when=line(1), then_program="tail", limit=0.5
    )
    assert ended.moment == "its limit"


@pytest.mark.parametrize(("seconds", "limit", "moment"), [(0.3, 30, "0.3 s"), (None, 0.4, "its limit")])
def test_it_dies_in_time_and_at_its_limit_whatever_it_says(
    seconds: float | None, limit: float, moment: str
) -> None:
    began = time.monotonic()
    ended = run_and_kill(["sleep", "60"], seconds=seconds, when=line(9), limit=limit)
    assert ended.moment == moment
    assert time.monotonic() - began < 10


def test_what_ended_by_itself_is_not_called_killed() -> None:
    ended = run_and_kill(["sh", "-c", "echo bye >&2; exit 3"], seconds=30, limit=30)
    assert (ended.exit_code, ended.processes, ended.lines) == (3, (), ("bye",))
    assert "by itself with 3" in str(ended)


def test_our_own_session_is_never_killed() -> None:
    for leader in (os.getsid(0), os.getpid(), 0, 1):
        with pytest.raises(ValueError, match="nothing was killed"):
            kill_session(leader)
    assert os.getpid() in members(os.getsid(0))
