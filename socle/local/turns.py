"""Who has to wait for whom: locks that the kernel frees however a run ends, and waiting that says so.

A run of the whole environment stands alone. Verbs on different spaces go on side by side and meet only where
they touch the same: the tables, and the platform's hosts. What is done under a lock is its caller's.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from socle.errors import UserError
from socle.local.progress import HEARTBEAT, clock_text

PATIENCE = 3600.0
"""Seconds that a run waits for its turn before it gives up."""
POLL = 0.5
GLANCE = 0.3
"""Seconds in which somebody who only looks, `holder`, is gone again."""
Say = Callable[[str], None]


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the environment's lock, which nobody else may hold; UserError at once when somebody does."""
    with path.open("a+", encoding="utf-8") as stream:
        until = time.monotonic() + GLANCE
        while not _taken(stream, shared=False):
            if time.monotonic() > until:
                raise _busy(stream, path)
            time.sleep(GLANCE / 10)
        _sign(stream)
        yield


def holder(path: Path) -> tuple[str, datetime] | None:
    """Who holds a lock alone now, and since when; None when nobody does. Holds up nobody.

    A lock that is held shows itself only to who asks for it: it is had for an instant, beside other lookers.
    """
    try:
        stream = path.open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with stream:
        if _taken(stream, shared=True):
            return None
        # Whoever takes it alone signs it, and nobody else writes it.
        return _holder(stream), datetime.fromtimestamp(os.fstat(stream.fileno()).st_mtime, UTC)


@contextmanager
def turn(
    path: Path, what: str, say: Say, *, shared: bool = False, patience: float = PATIENCE
) -> Iterator[None]:
    """Hold a lock as soon as it is free, alone or beside others that hold it `shared`.

    `what`: what it is the lock of, for people; `say` tells them for whom one waits, every half minute for how
    long already, and in the end how long it took. UserError when `patience` seconds were not enough.
    """
    with path.open("a+", encoding="utf-8") as stream:
        began, told = time.monotonic(), 0.0
        while not _taken(stream, shared=shared):
            waited = time.monotonic() - began
            if waited > patience:
                raise _busy(stream, path)
            if not told or waited - told >= HEARTBEAT:
                so_far = f", {clock_text(waited)} so far" if told else ""
                say(f"{what}: waiting for {_holder(stream)}{so_far}")
                told = max(waited, POLL)
            time.sleep(POLL)
        if told:
            say(f"{what}: free after {clock_text(time.monotonic() - began)}")
        if not shared:
            _sign(stream)
        yield


def _taken(stream: IO[str], *, shared: bool) -> bool:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(stream: IO[str]) -> None:
    """Say who holds it. Those who share it do not: there are several, and each may end before the others."""
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()


def _holder(stream: IO[str]) -> str:
    """The process that holds it alone; in other words when several share it, or it has not signed yet."""
    stream.seek(0)
    number = stream.read().strip()
    return f"process {number}" if number and Path(f"/proc/{number}").exists() else "work on a space"


def _busy(stream: IO[str], path: Path) -> UserError:
    what = f"another run works on this environment ({_holder(stream)})"
    return UserError(what, str(path.parent), "wait until it ends")
