"""Pulumi's locks on stacks: who holds them, and whether the holder can still be alive.

A lock is a key below `.pulumi/locks`, without a lease: whoever is killed leaves it behind for good.
"""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from socle.state.store import Store

PREFIX = ".pulumi/locks/"
SLACK = 2.0
"""Seconds that the clock may have been set by between a process's start and its lock."""


@dataclass(frozen=True)
class Lock:
    """One lock: its key in the backend, its stack, and its holder as the holder described itself."""

    key: str
    stack: str
    user: str
    host: str
    pid: int
    since: datetime | None

    @property
    def holder(self) -> str:
        """USER@HOST:PID, what people name it by."""
        return f"{self.user}@{self.host}:{self.pid}"

    @property
    def here(self) -> bool:
        """Whether the holder says that it is of this machine."""
        return self.host == socket.gethostname()

    @property
    def alive(self) -> bool:
        """Whether the holder is a process of this machine that still runs.

        One of the same number that was started after the lock was made is somebody else.
        """
        if not self.here or self.pid <= 0:
            return False
        began = _started(self.pid)
        if began is None:
            return False
        return self.since is None or began <= self.since.timestamp() + SLACK


def held(store: Store, stack: str = "") -> list[Lock]:
    """The locks of a stack, or of every stack, oldest first."""
    found = [_read(key, content) for key, content in store.blobs(PREFIX) if key.endswith(".json")]
    found = [lock for lock in found if stack in ("", lock.stack)]
    return sorted(found, key=lambda lock: lock.since.timestamp() if lock.since else 0.0)


def _read(key: str, content: bytes) -> Lock:
    """A lock that was cut off belongs to a writer of this machine that died: it has no process."""
    said: Any = {}
    try:
        said = json.loads(content)
        pid, host = int(said["pid"]), str(said["hostname"])
    except (ValueError, KeyError, TypeError):
        said, pid, host = {}, 0, socket.gethostname()
    return Lock(key, Path(key).parent.name, str(said.get("username") or "?"), host, pid, _time(said))


def _time(said: dict[str, Any]) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(said["timestamp"]))
    except (ValueError, KeyError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _started(pid: int) -> float | None:
    """When a process was started, in seconds since 1970; None when there is none, or only its remains."""
    try:
        # The name, in parentheses, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    if fields[0] in ("Z", "X"):
        return None
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - age
