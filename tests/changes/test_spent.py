"""An apply that was killed: its approval is spent, and what remains is a change of its own."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.changes.desk import PATIENCE, Desk


def test_a_killed_apply(staging: Desk) -> None:
    gate = staging.folder / "gate"
    staging.configure(names="one two slow", gate=str(gate))
    change = staging.propose()
    staging.approve(change)
    running = staging.start("change", "apply", change, "--yes")
    _until(gate.with_name("gate.reached").exists)
    working = [pid for pid in _below(running.pid) if _name(pid) == "pulumi"]
    assert len(working) == 1
    for pid in (*working, running.pid):
        os.kill(pid, signal.SIGKILL)
    running.communicate(timeout=PATIENCE)
    gate.touch()
    _until(lambda: not any(map(_name, working)))
    # The state says that something was begun, and its lock is still held by who is gone.
    said = staging.apply(change, ends=3)
    # One is held at the gate; that another one ended may not have been written yet.
    assert re.search(
        r"[12] operations were begun and not ended \(\w+ing urn:pulumi:staging-platform::hdh::", said
    )
    assert f"python -m infra.leftovers --stack {staging.stack}" in said
    staging.socle("state", "unlock", staging.stack)
    # There is no OpenStack here to settle it against: the other way that the page names.
    clear = ("--clear-pending-creates", "--yes", "--skip-preview")
    staging.pulumi("refresh", *clear, "--stack", staging.stack)
    said = staging.apply(change, ends=3)
    assert f"did not end; what remains is a change of its own; socle state unlock {staging.stack}" in said
    rest = staging.propose()
    staging.approve(rest)
    # Ended before it did anything, the same approval still holds.
    with staging.start("change", "apply", rest, "--yes") as running:
        _until(lambda: any("refresh" in _line(pid) for pid in _below(running.pid)))
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=PATIENCE)
    assert (running.returncode, len(said.splitlines())) == (1, 1), said
    staging.apply(rest)
    assert sorted(staging.made()) == ["one", "slow", "two"]


def _below(pid: int) -> list[int]:
    """The processes that a process started, and theirs."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for task in tasks for child in task.read_text().split()]
    return [*found, *(one for child in found for one in _below(child))]


def _name(pid: int) -> str:
    """Empty when it is gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except FileNotFoundError:
        return ""
    return "" if state[2].split()[0] == "Z" else state[0].partition("(")[2]


def _line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except FileNotFoundError:
        return ""


def _until(holds: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
