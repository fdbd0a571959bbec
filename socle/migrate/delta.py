"""`delta`: what became of the source since it was listed before, by the ledger's events.

`inventory` finds it; here it is told, and copies of what is no longer at the source are removed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from socle.errors import FailureError
from socle.migrate import headers
from socle.migrate.ends import EndError
from socle.migrate.job import Job
from socle.migrate.ledger import Item, Ledger
from socle.migrate.states import Event, State
from socle.migrate.target import Target
from socle.migrate.words import record
from socle.records import Record, Verdict


class Kind(StrEnum):
    """What can have happened to a blob."""

    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True)
class Change:
    """One of them; `size` in bytes, of what was deleted the last one."""

    kind: Kind
    name: str
    snapshot: str
    size: int
    etag: str


def changes(ledger: Ledger) -> Iterator[Change]:
    """What the last inventory found otherwise than the one before, in the order of its finding."""
    since = int(ledger.fact("events_before") or 0)
    query = (
        "SELECT o.name, o.snapshot, o.size, o.etag, o.state, max(e.what = 'changed'),"
        " NOT EXISTS (SELECT 1 FROM events p WHERE p.object = o.id AND p.id <= ?1)"
        " FROM events e JOIN objects o ON o.id = e.object WHERE e.id > ?1"
        " AND e.what IN ('listed', 'archived', 'refused', 'changed', 'gone') GROUP BY o.id ORDER BY min(e.id)"
    )
    for name, snapshot, size, etag, state, changed, first in ledger.base.execute(query, (since,)):
        if state == State.GONE:
            if not first:
                yield Change(Kind.DELETED, name, snapshot, size, etag)
        elif first or changed:
            yield Change(Kind.NEW if first else Kind.CHANGED, name, snapshot, size, etag)


def write(ledger: Ledger, file: Path) -> None:
    """A line of JSON for each change."""
    with file.open("w", encoding="utf-8") as stream:
        for one in changes(ledger):
            stream.write(json.dumps({**vars(one), "kind": str(one.kind)}, ensure_ascii=False) + "\n")


def summary(job: Job, ledger: Ledger) -> Record:
    """What it comes to."""
    counted: Counter[Kind] = Counter()
    sizes: Counter[Kind] = Counter()
    for one in changes(ledger):
        counted[one.kind] += 1
        sizes[one.kind] += one.size
    said = ", ".join(f"{counted[kind]} {kind} ({sizes[kind]} bytes)" for kind in Kind)
    return record(
        "migrate-delta",
        job.name,
        Verdict.PASS,
        ("What changed at the source is known", "Ce qui a changé à la source est connu"),
        evidence=f"inventory {ledger.fact('listed')} against the one before: {said}",
    )


def leftovers(ledger: Ledger) -> Iterator[Item]:
    """What was copied, is gone from the source, and was not removed from the target yet."""
    return ledger.items(
        "state = 'gone' AND sha256 IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM events e WHERE e.object = objects.id AND e.what = 'removed' AND e.id ="
        " (SELECT max(id) FROM events WHERE object = objects.id))"
    )


def remove(ledger: Ledger, target: Target) -> int:
    """Remove those copies, and only what still is the copy that was made; how many. Raises FailureError."""
    removed = 0
    for item in list(leftovers(ledger)):
        try:
            standing = target.head(item.target)
            if standing is not None and not _ours(item, standing):
                continue  # somebody else's by now: the verifier names it
            target.remove(item.target)
            for name, _, _ in item.segments:
                target.remove_segment(name)
        except EndError as error:
            raise FailureError(str(error), item.label, "run the same command again to go on") from None
        with ledger.writing():
            ledger.tell(item.id, Event.REMOVED, why="removed from the target: gone from the source")
        removed += standing is not None
    return removed


def _ours(item: Item, standing: dict[str, str]) -> bool:
    facts = {headers.SHA256: item.sha256, headers.ETAG: item.etag}
    said = headers.headers(facts, {}, headers.Limits())
    return all(standing.get(name.lower()) == value for name, value in said.items())
