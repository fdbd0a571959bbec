"""What belongs to a session of processes, and ending all of it with SIGKILL.

By session and descent, not by process group: Pulumi starts each plugin in a group of its own, and a plugin
that outlived its engine would finish requests that a machine that lost power would not have finished.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 50  # of looking for processes that were started while we looked
GONE_SECONDS = 10.0


@dataclass(frozen=True)
class Process:
    """A process; `started` (clock ticks since boot) tells it from a later one with the same number."""

    pid: int
    started: int
    name: str


def kill_session(leader: int) -> tuple[Process, ...]:
    """SIGKILL every process of the session that `leader` leads, and all that descend from them.

    They are stopped first, round after round until none is new, so that none escapes by starting another.
    Raises ValueError for our own session, TimeoutError when one does not go away.
    """
    if leader in (os.getsid(0), os.getpid(), 0, 1):
        raise ValueError(f"process {leader} leads the session we are in: nothing was killed")
    found: dict[int, Process] = {}
    for _ in range(ROUNDS):
        fresh = {pid: it for pid, it in members(leader).items() if found.get(pid) != it}
        if not fresh:
            break
        for process in fresh.values():
            _send(process, signal.SIGSTOP)
        found |= fresh
    for process in found.values():
        _send(process, signal.SIGKILL)
    until = time.monotonic() + GONE_SECONDS
    while left := [process for process in found.values() if _alive(process)]:
        if time.monotonic() > until:
            raise TimeoutError(f"killed, but still there: {', '.join(it.name for it in left)}")
        time.sleep(0.02)
    return tuple(found.values())


def members(leader: int) -> dict[int, Process]:
    """The processes of a session and all that descend from them, by number; zombies are none."""
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    table = {pid: stat for pid in numbers if (stat := _stat(pid))}
    found = {pid for pid, stat in table.items() if stat.session == leader}
    while more := {pid for pid, stat in table.items() if stat.parent in found} - found:
        found |= more
    return {pid: table[pid].process for pid in found if table[pid].state != "Z"}


@dataclass(frozen=True)
class _Stat:
    process: Process
    state: str
    parent: int
    session: int


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    name, fields = text[text.index("(") + 1 : text.rindex(")")], text.rpartition(")")[2].split()
    return _Stat(Process(pid, int(fields[19]), name), fields[0], int(fields[1]), int(fields[3]))


def _alive(process: Process) -> bool:
    stat = _stat(process.pid)
    return stat is not None and stat.process.started == process.started and stat.state not in "ZX"


def _send(process: Process, number: signal.Signals) -> None:
    if _alive(process):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
