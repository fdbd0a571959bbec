"""The memory of every process that we started, together, at its highest: sampled while the block runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.2
"""Seconds between two looks; a shorter peak may be missed."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Peak:
    """`size`: the highest sum so far, in bytes. Pages that processes share count in each of them."""

    size: int = 0


@contextmanager
def peak() -> Iterator[Peak]:
    """Resident memory of all our descendants."""
    found, ended = Peak(), threading.Event()

    def look() -> None:
        while not ended.wait(EVERY):
            found.size = max(found.size, sum(map(_resident, descendants(os.getpid()))))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def descendants(ancestor: int) -> set[int]:
    """The numbers of all processes that descend from one, without itself."""
    parents = {
        int(entry.name): parent
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and (parent := _parent(entry))
    }
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {ancestor}


def _parent(process: Path) -> int:
    try:
        # The name, in parentheses, may hold anything.
        return int((process / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
