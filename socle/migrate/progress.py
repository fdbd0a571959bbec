"""How far a migration is, and how long it takes at the pace of the last minutes; by the ledger alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from socle.migrate.ledger import Ledger
from socle.migrate.states import Event, State

WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Pace:
    """What was done in the window, and what is left; sizes in bytes."""

    objects: int
    size: int
    seconds: float
    objects_left: int
    size_left: int

    def eta(self) -> timedelta | None:
        """Time until the end, by objects or by bytes, whichever is longer; None when nothing moves."""
        if not self.objects_left:
            return timedelta(0)
        if not self.objects or self.seconds <= 0:
            return None
        by_objects = self.objects_left * self.seconds / self.objects
        by_size = self.size_left * self.seconds / self.size if self.size else 0.0
        return timedelta(seconds=round(max(by_objects, by_size)))


def pace(ledger: Ledger, events: tuple[Event, ...], left: tuple[int, int], now: datetime) -> Pace:
    """Of the events in the window before `now`; `left` is objects and bytes."""
    marks = ", ".join("?" * len(events))
    since = (now - WINDOW).isoformat(timespec="milliseconds")
    objects, size, first = ledger.base.execute(
        "SELECT count(*), coalesce(sum(o.size), 0), min(e.at) FROM events e"  # noqa: S608 - marks only
        f" JOIN objects o ON o.id = e.object WHERE e.at >= ? AND e.what IN ({marks})",
        (since, *map(str, events)),
    ).fetchone()
    seconds = (now - datetime.fromisoformat(first)).total_seconds() if first else 0.0
    return Pace(objects, size, seconds, *left)


def lines(ledger: Ledger, now: datetime | None = None) -> Iterator[str]:
    """What people are told."""
    at = now or datetime.now(UTC)
    counts = ledger.counts()
    listed, number = ledger.fact("listed"), ledger.fact("pass")
    yield f"inventory {number or 'not begun'}" + ("" if listed == number else ", not at its end")
    for state, (count, size) in counts.items():
        if count:
            yield f"{state:<9}{count:>12} objects {size:>18} bytes"
    copying = pace(ledger, (Event.COPIED, Event.ADOPTED), counts[State.FOUND], at)
    yield f"copy: {_said(copying)}"
    verification = int(ledger.fact("verification") or 0)
    if ledger.fact("verified") == str(verification):
        verification += 1
    count, size = ledger.base.execute(
        "SELECT count(*), coalesce(sum(size), 0) FROM objects"
        " WHERE state IN ('copied', 'proven') AND proof < ?",
        (verification,),
    ).fetchone()
    verifying = pace(ledger, (Event.PROVEN, Event.MISMATCH), (count, size), at)
    yield f"verification {verification}: {_said(verifying)}"


def _said(found: Pace) -> str:
    if not found.objects_left:
        return "nothing left"
    eta = found.eta()
    left = f"{found.objects_left} objects, {found.size_left} bytes left"
    return (
        f"{left}; {eta} at the pace of the last minutes" if eta is not None else f"{left}; nothing moves now"
    )
