"""`inventory`: the source listed in partitions, several at once; goes on where it was stopped.

A further one finds again what is new or changed; what was not seen any more is gone (`delta` tells them).
"""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from socle.errors import FailureError
from socle.migrate.again import insist
from socle.migrate.ends import EndError
from socle.migrate.headers import Limits
from socle.migrate.job import Job
from socle.migrate.ledger import Ledger
from socle.migrate.names import Placed, folded, place
from socle.migrate.partitions import Partition, Shape, cut
from socle.migrate.source import Blob, Source
from socle.migrate.states import Event, State
from socle.migrate.words import record
from socle.records import Record, Verdict

_COLLIDES = "another name at the source becomes the same once Unicode is normalised (NFC)"
_PAGES_AHEAD = 4
_AGAIN = (State.WAITING, State.GONE, State.REFUSED)
"""What may have become possible meanwhile."""


def take(job: Job, ledger: Ledger, source: Source, limits: Limits) -> int:
    """List everything and return how many blobs and snapshots there are; raises FailureError."""
    number = int(ledger.fact("pass") or 0)
    if not number or ledger.fact("listed") == str(number):
        number = _begin(job, ledger, source, number + 1)
    rows = ledger.base.execute(
        "SELECT prefix, shape, marker FROM partitions WHERE pass = ? AND NOT done", (number,)
    ).fetchall()
    for partition, blobs, marker in _pages(
        source, [(Partition(p, Shape(s)), m) for p, s, m in rows], job.workers
    ):
        with ledger.writing():
            for blob in blobs:
                _keep(job, ledger, blob, number, limits)
            ledger.base.execute(
                "UPDATE partitions SET marker = ?, done = ?, found = found + ?"
                " WHERE pass = ? AND prefix = ? AND shape = ?",
                (marker, not marker, len(blobs), number, partition.prefix, str(partition.shape)),
            )
    with ledger.writing():
        _finish(ledger, number)
        ledger.know("listed", str(number))
    return int(ledger.base.execute("SELECT count(*) FROM objects WHERE seen = ?", (number,)).fetchone()[0])


def _begin(job: Job, ledger: Ledger, source: Source, number: int) -> int:
    try:
        made = cut(lambda prefix: insist(partial(source.below, prefix)), job.partitions)
    except EndError as error:
        raise FailureError(str(error), source.address, "run the same command again to go on") from None
    with ledger.writing():
        values = [(number, part.prefix, str(part.shape)) for part in made]
        before = ledger.base.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
        ledger.know("events_before", str(before))
        ledger.base.executemany("INSERT INTO partitions (pass, prefix, shape) VALUES (?, ?, ?)", values)
        ledger.know("pass", str(number))
    return number


Page = tuple[Partition, list[Blob], str]


def _pages(source: Source, waiting: list[tuple[Partition, str]], workers: int) -> Iterator[Page]:
    """Pages of all partitions as they come; at most a few are held when the ledger is slower."""
    ready: queue.Queue[Page | BaseException | None] = queue.Queue(_PAGES_AHEAD)
    stop = threading.Event()

    def give(what: Page | BaseException | None) -> None:
        while not stop.is_set():
            with suppress(queue.Full):
                ready.put(what, timeout=0.2)
                return

    def listing(partition: Partition, marker: str) -> None:
        try:
            further = marker
            while not stop.is_set():
                blobs, further = insist(partial(source.page, partition, further))
                give((partition, blobs, further))
                if not further:
                    break
            give(None)
        except BaseException as error:
            give(error)

    with ThreadPoolExecutor(workers) as pool:
        try:
            for partition, marker in waiting:
                pool.submit(listing, partition, marker)
            left = len(waiting)
            while left:
                got = ready.get()
                if got is None:
                    left -= 1
                elif isinstance(got, EndError):
                    raise FailureError(str(got), source.address, "run the same command again to go on")
                elif isinstance(got, BaseException):
                    raise got
                else:
                    yield got
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _keep(job: Job, ledger: Ledger, blob: Blob, number: int, limits: Limits) -> None:
    row = ledger.base.execute(
        "SELECT id, etag, state, metadata, tags, content, size FROM objects WHERE name = ? AND snapshot = ?",
        (blob.name, blob.snapshot),
    ).fetchone()
    described = tuple(json.dumps(what, sort_keys=True) for what in (blob.metadata, blob.tags, blob.content))
    same = row is not None and (row[1], *row[3:6]) == (blob.etag, *described)
    if row and same and row[2] not in _AGAIN:
        ledger.base.execute("UPDATE objects SET seen = ?, tier = ? WHERE id = ?", (number, blob.tier, row[0]))
        return
    digest = hashlib.sha256(blob.name.encode(errors="surrogatepass")).hexdigest()
    placed = place(blob.name, blob.snapshot, limits.name, map_long=job.long_names == "map", digest=digest)
    target, mapped = (placed.name, placed.mapped) if isinstance(placed, Placed) else (None, "")
    facts: dict[str, Any] = {
        "size": blob.size, "etag": blob.etag, "modified": blob.modified, "md5": blob.md5, "type": blob.type,
        "tier": blob.tier, "content": described[2], "metadata": described[0], "tags": described[1],
        "target": target, "mapped": mapped, "seen": number, "sha256": None, "proof": 0,
    }  # fmt: skip
    if row is None:
        fixed = {
            "name": blob.name,
            "snapshot": blob.snapshot,
            "folded": folded(blob.name),
            "state": State.FOUND,
        }
        columns: dict[str, Any] = {**fixed, **facts}
        ledger.base.execute(
            f"INSERT INTO objects ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - ours
            tuple(columns.values()),
        )
        row = ledger.base.execute("SELECT last_insert_rowid()").fetchone()
    elif not same or row[2] == State.GONE:
        ledger.note(row[0], Event.CHANGED, f"was {row[2]}, {row[6]} bytes, ETag {row[1]}")
    if not isinstance(placed, Placed):
        ledger.tell(row[0], Event.REFUSED, why=placed.reason, **facts)
    elif blob.archived:
        ledger.tell(row[0], Event.ARCHIVED, why="in the archive tier: rehydrate it, then list again", **facts)
    else:
        ledger.tell(row[0], Event.LISTED, **facts)


def _finish(ledger: Ledger, number: int) -> None:
    """What only the whole listing shows: what is gone, and names that collide."""
    gone = "SELECT id FROM objects WHERE seen < ? AND state <> 'gone'"
    for (item,) in ledger.base.execute(gone, (number,)).fetchall():
        ledger.tell(item, Event.GONE, why="no longer at the source")
    twice = (
        "SELECT id FROM objects o WHERE seen = ? AND state <> 'refused' AND EXISTS (SELECT 1 FROM objects p"
        " WHERE p.seen = o.seen AND p.folded = o.folded AND p.snapshot = o.snapshot AND p.id <> o.id)"
    )
    for (item,) in ledger.base.execute(twice, (number,)).fetchall():
        ledger.tell(item, Event.REFUSED, why=_COLLIDES)
    same = (
        "SELECT id FROM objects o WHERE seen = ? AND state <> 'refused' AND EXISTS (SELECT 1 FROM objects p"
        " WHERE p.seen = o.seen AND p.target = o.target AND p.id <> o.id)"
    )
    for (item,) in ledger.base.execute(same, (number,)).fetchall():
        ledger.tell(item, Event.REFUSED, why="another name at the source is mapped to the same name")


def listed(job: Job, ledger: Ledger) -> Record:
    """What the inventory ended with."""
    counts = ledger.counts()
    said = ", ".join(f"{count} {state} ({size} bytes)" for state, (count, size) in counts.items() if count)
    missing = ledger.base.execute(
        "SELECT count(*) FROM objects WHERE md5 IS NULL AND state <> 'gone'"
    ).fetchone()[0]
    return record(
        "migrate-inventory",
        job.name,
        Verdict.PASS,
        ("The source is listed to its end", "La source est listée jusqu'au bout"),
        evidence=f"{said or 'the source is empty'}; {missing} without Content-MD5, which is not relied on",
    )
