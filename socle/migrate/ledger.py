"""The ledger: what is known of every object, what happened to it, and who works on it now.

Every change of an object's state is an event beside it, written in one transaction; events stay for good.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from socle.migrate.schema import open_ledger
from socle.migrate.states import Event, State, after

LEASE_SECONDS = 120.0
DOUBTED = -1
"""In place of a verification's number: the last one read something else there."""


@dataclass(frozen=True)
class Item:
    """One object as the ledger knows it. `size` in bytes, `segments` as (name, bytes, MD5)."""

    id: int
    name: str
    snapshot: str
    size: int
    etag: str
    modified: str
    type: str
    content: dict[str, str | None]
    metadata: dict[str, str]
    tags: dict[str, str]
    target: str
    state: State
    sha256: str
    segments: list[tuple[str, int, str]] = field(default_factory=list)
    doubted: bool = False
    """The target was read and holds something else, whatever its headers say."""

    @property
    def label(self) -> str:
        """How people are told of it."""
        return f"{self.name}@{self.snapshot}" if self.snapshot else self.name


_COLUMNS = (
    "id, name, snapshot, size, etag, modified, type, content, metadata, tags, target, state, sha256,"
    " segments, proof"
)


def _item(row: tuple[Any, ...]) -> Item:
    content, metadata, tags = (json.loads(text) for text in row[7:10])
    segments = [(str(name), int(size), str(md5)) for name, size, md5 in json.loads(row[13])]
    last = (row[10] or "", State(row[11]), row[12] or "", segments, row[14] == DOUBTED)
    known: tuple[Any, ...] = (*row[:7], content, metadata, tags, *last)
    return Item(*known)


def _here() -> str:
    """This machine as processes see it: those of another container have other numbers."""
    return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').readlink()}"


def _born(pid: int) -> str:
    """When a process began, in ticks since boot (proc(5), starttime), empty when there is none."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *rest = said.rpartition(")")[2].split()
    return "" if state in ("Z", "X") else rest[18]


class Ledger:
    """One migration's ledger, opened by one process; not for several threads."""

    def __init__(self, file: Path, *, make: bool = False) -> None:
        """Open it; raises FailureError when it is not there or not whole."""
        self.base = open_ledger(file, make=make)
        self.who = f"{_here()}:{os.getpid()}:{_born(os.getpid())}:{time.time_ns():x}"

    def __enter__(self) -> Ledger:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.base.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All of the block or nothing of it."""
        self.base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.base.execute("ROLLBACK")
            raise
        self.base.execute("COMMIT")

    def fact(self, name: str) -> str:
        """A fact of the whole migration, empty when it is not known."""
        row = self.base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def know(self, name: str, value: str) -> None:
        """Keep a fact of the whole migration."""
        self.base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def tell(self, item: int, event: Event, *, mine: bool = False, **change: Any) -> bool:
        """An event, what follows from it, and columns it changes; `why` is kept as the event's detail.

        With `mine`, nothing is done and False returned when the lease has passed to somebody else.
        """
        state, owner = self.base.execute("SELECT state, owner FROM objects WHERE id = ?", (item,)).fetchone()
        if mine and owner != self.who:
            return False
        why = str(change.pop("why", ""))
        change |= {"state": str(after(State(state), event)), "reason": why, "owner": "", "leased_until": 0.0}
        columns = ", ".join(f"{name} = ?" for name in change)
        self.base.execute(f"UPDATE objects SET {columns} WHERE id = ?", (*change.values(), item))  # noqa: S608 - our columns
        self.note(item, event, why)
        return True

    def note(self, item: int, event: Event, why: str) -> None:
        """Add to an object's history."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        values = (item, at, str(event), why, self.who)
        self.base.execute("INSERT INTO events (object, at, what, detail, who) VALUES (?, ?, ?, ?, ?)", values)

    def lease(self, states: tuple[State, ...], count: int, *, beyond: int = 0, proof: int = 0) -> list[Item]:
        """Take up to `count` objects in these states that nobody works on, in the order of their ids.

        `beyond` this id only, so that a run tries each once; with `proof`, what that verification left.
        """
        now = time.time()
        marks = ", ".join("?" * len(states))
        with self.writing():
            rows = self.base.execute(
                "UPDATE objects SET owner = ?, leased_until = ? WHERE id IN"  # noqa: S608 - marks only
                f" (SELECT id FROM objects WHERE state IN ({marks}) AND id > ? AND leased_until < ?"
                f" AND (? = 0 OR proof < ?) ORDER BY id LIMIT ?) RETURNING {_COLUMNS}",
                (self.who, now + LEASE_SECONDS, *map(str, states), beyond, now, proof, proof, count),
            ).fetchall()
        return sorted(map(_item, rows), key=lambda item: item.id)

    def free_ended(self) -> None:
        """Give back what processes of this machine hold that have ended: their leases need no waiting for."""
        now, here = time.time(), _here()
        held = self.base.execute("SELECT DISTINCT owner FROM objects WHERE leased_until >= ?", (now,))
        for (owner,) in held.fetchall():
            place, _, rest = owner.rpartition(":")[0].partition(f"{here}:")
            pid, _, born = rest.partition(":")
            if not place and pid.isdecimal() and _born(int(pid)) != born:
                with self.writing():
                    self.base.execute(
                        "UPDATE objects SET leased_until = 0, owner = '' WHERE owner = ?", (owner,)
                    )

    def renew(self, items: list[int]) -> None:
        """Keep what is still worked on."""
        until = time.time() + LEASE_SECONDS
        with self.writing():
            self.base.executemany(
                "UPDATE objects SET leased_until = ? WHERE id = ? AND owner = ?",
                [(until, item, self.who) for item in items],
            )

    def release(self, items: list[int]) -> None:
        """Give back what was not done."""
        with self.writing():
            self.base.executemany(
                "UPDATE objects SET leased_until = 0, owner = '' WHERE id = ? AND owner = ?",
                [(item, self.who) for item in items],
            )

    def items(self, where: str = "1", values: tuple[Any, ...] = (), order: str = "id") -> Iterator[Item]:
        """Objects, streamed."""
        query = f"SELECT {_COLUMNS} FROM objects WHERE {where} ORDER BY {order}"  # noqa: S608 - callers' own words
        return (_item(row) for row in self.base.execute(query, values))

    def counts(self) -> dict[State, tuple[int, int]]:
        """How many objects and bytes are in each state."""
        rows = self.base.execute("SELECT state, count(*), sum(size) FROM objects GROUP BY state").fetchall()
        known = {State(state): (int(count), int(size)) for state, count, size in rows}
        return {state: known.get(state, (0, 0)) for state in State}

    def reasons(self, state: State) -> Iterator[tuple[str, str]]:
        """Label and reason of what is in a state with one."""
        query = "SELECT name, snapshot, reason FROM objects WHERE state = ? AND reason <> '' ORDER BY name"
        for name, snapshot, reason in self.base.execute(query, (str(state),)):
            yield (f"{name}@{snapshot}" if snapshot else name), reason

    def history(self, item: int) -> list[tuple[str, str]]:
        """What happened to an object: event and detail, oldest first."""
        rows = self.base.execute("SELECT what, detail FROM events WHERE object = ? ORDER BY id", (item,))
        return [(str(what), str(detail)) for what, detail in rows]
