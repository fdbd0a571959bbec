"""Runs one tool: all it prints goes to a log, its last line to the progress, and it never outlives us.

The child writes to the log itself rather than to a pipe of ours: daemons it leaves running on purpose
(the cloud's) may then keep their standard output without holding us up.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from socle.paths import ROOT

POLL = 0.5  # seconds between two looks at the log
PATIENCE = ((signal.SIGINT, 60.0), (signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))
_TAIL = 64 * 1024
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
_TELLING = re.compile(r"(?i)\b(error|fatal|refused|denied|cannot|could not|no such)\b")
_EMPTY_PHRASES = re.compile(
    r"(?i)(update failed|\d+ errors? occurred:?|preview failed|resource \S+ failed|PLAY RECAP|\bok=\d+)"
)


def run(
    argv: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    on_line: Callable[[str], None],
    cwd: Path = ROOT,
) -> int:
    """Run a command, its output appended to `log`; returns its exit code.

    On KeyboardInterrupt the child's process group is ended, gently first, and the interrupt goes on.
    """
    with log.open("ab") as stream:
        stream.write(f"$ {' '.join(argv)}\n".encode())
        stream.flush()
        process = subprocess.Popen(
            [*_die_with_us(), *argv],
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,  # Ctrl-C comes to us alone; we pass it on, once
        )
    try:
        while True:
            try:
                return process.wait(POLL)
            except subprocess.TimeoutExpired:
                on_line(last_line(log))
    except BaseException:
        _end(process)
        raise


def last_line(log: Path) -> str:
    """The newest line of a log that says something."""
    lines = tail(log)
    return lines[-1] if lines else ""


def telling_line(log: Path) -> str:
    """The line that best says why a tool failed: the last one that names an error, else the last."""
    lines = [line for line in tail(log) if not line.startswith("$ ")]
    telling = [line for line in lines if _TELLING.search(line) and not _EMPTY_PHRASES.search(line)]
    return (telling or lines or ["it printed nothing"])[-1][:300]


def tail(log: Path) -> list[str]:
    """The last lines of a log, without blank ones and terminal sequences."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - _TAIL))
            text = stream.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    lines = (_ANSI.sub("", line).strip() for line in text.replace("\r", "\n").split("\n"))
    return [line for line in lines if line.strip("-=* ")]


def _die_with_us() -> list[str]:
    """A prefix that lets the kernel interrupt the child if we are killed outright.

    A shell starts its background jobs deaf to interrupts, and children would inherit that.
    """
    setpriv = shutil.which("setpriv")
    hears = ["env", "--default-signal=INT"]
    return [*hears, setpriv, "--pdeathsig", "INT", "--"] if setpriv else hears


def _end(process: subprocess.Popen[bytes]) -> None:
    for number, seconds in PATIENCE:
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(seconds)
        except ProcessLookupError:
            return
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            continue  # a second Ctrl-C means: harder
