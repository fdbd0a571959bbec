"""Runs a command and kills it at a moment: after seconds, at a line of its output, at a program it starts.

What belongs to it, and how all of that is ended, is in session.py.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.faults.session import GONE_SECONDS, Process, kill_session, members

When = Callable[[int, str], bool]
"""Asked at each line of output: its number from 1, and its text; true means now."""


@dataclass(frozen=True)
class Killed:
    """How it ended. `moment` says what was waited for; `exit_code` is set when it ended by itself first."""

    moment: str
    seconds: float
    lines: tuple[str, ...]
    processes: tuple[Process, ...]
    exit_code: int | None = None

    def __str__(self) -> str:
        if self.exit_code is not None:
            return (
                f"ended by itself with {self.exit_code} after {self.seconds:.1f} s, {len(self.lines)} lines"
            )
        names = ", ".join(sorted(process.name for process in self.processes))
        return f"killed at {self.moment} after {self.seconds:.1f} s, {len(self.lines)} lines: {names}"


def line(number: int) -> When:
    """At the n-th line of output."""
    return lambda at, _: at >= number


def run_and_kill(
    argv: Sequence[str],
    *,
    seconds: float | None = None,
    when: When | None = None,
    then_program: str = "",
    then_wait: float = 0.0,
    limit: float = 600.0,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    show: Callable[[str], None] | None = None,
) -> Killed:
    """Start `argv`; kill it after `seconds`, or `then_wait` seconds after `when` fires, at `limit` anyway.

    With `then_program` the wait begins when a process of that name runs, at that line or later.

    Its output, stderr included, is read a line at a time and handed to `show`.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        argv,
        env=None if env is None else dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    fired = threading.Event()
    reader = threading.Thread(target=_read, args=(process.stdout, lines, when, show, fired), daemon=True)
    reader.start()
    killed: tuple[Process, ...] = ()
    try:
        moment = _wait(
            process, fired, seconds=seconds, program=then_program, then_wait=then_wait, limit=limit
        )
    finally:
        killed = kill_session(process.pid) if process.poll() is None else ()
        process.wait()
        reader.join(GONE_SECONDS)
    took = time.monotonic() - began
    return Killed(moment, took, tuple(lines), killed, None if killed else process.returncode)


def _read(
    output: IO[str],
    lines: list[str],
    when: When | None,
    show: Callable[[str], None] | None,
    fired: threading.Event,
) -> None:
    for text in output:
        lines.append(text.rstrip("\n"))
        if show:
            show(lines[-1])
        if when and not fired.is_set() and when(len(lines), lines[-1]):
            fired.set()


def _wait(
    process: subprocess.Popen[str],
    fired: threading.Event,
    *,
    seconds: float | None,
    program: str,
    then_wait: float,
    limit: float,
) -> str:
    began = time.monotonic()
    due = began + min(limit, limit if seconds is None else seconds)
    moment = "its limit" if seconds is None or seconds >= limit else f"{seconds:.1f} s"
    while process.poll() is None and time.monotonic() < due:
        if fired.wait(0.02):
            if program and all(one.name != program for one in members(process.pid).values()):
                time.sleep(0.1)  # all of /proc is read each time
                continue
            fired.clear()
            moment = f"{program}, after its line" if program else "its line"
            due = min(time.monotonic() + then_wait, began + limit)
            if not then_wait:
                break
    return moment
