"""`plan`: what a copy would bring, under which names, and how long that takes; by the ledger alone.

Neither end is asked. Times are worked out, not measured: by bytes and by objects, whichever is longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from socle.errors import ExitCode, UnprovenError
from socle.migrate.bandwidth import MB, duration
from socle.migrate.job import Job
from socle.migrate.ledger import Ledger
from socle.migrate.progress import pace
from socle.migrate.states import Event, State

ARCHIVE = (
    "to be rehydrated first: up to 15 hours at standard priority, and large or many blobs longer; "
    "then `socle migrate delta`"
)
"""Azure's documentation, "Blob rehydration from the archive tier"."""


@dataclass(frozen=True)
class Speeds:
    """What times are worked out with. `line` in bytes a second where no limit holds, `objects` a second."""

    line: float | None = None
    objects: float | None = None

    def took(self, objects: int, size: int, job: Job, start: datetime) -> timedelta | None:
        """How long so many objects and bytes take; None when nothing says."""
        by_size = duration(size, start, job.bandwidth, self.line)
        if by_size is None:
            return None
        return max(by_size, timedelta(seconds=objects / self.objects if self.objects else 0))


@dataclass(frozen=True)
class Plan:
    """What people read, and what it comes to."""

    lines: list[str]
    code: ExitCode


def plan(job: Job, ledger: Ledger, speeds: Speeds, names: int, now: datetime | None = None) -> Plan:
    """What `copy` would do now, with at most so many `names` of each kind. Raises UnprovenError."""
    if not ledger.fact("listed") or ledger.fact("listed") != ledger.fact("pass"):
        raise UnprovenError("the source is not listed to its end", job.name, "run `socle migrate inventory`")
    counts = ledger.counts()
    lines = [
        f"source    {ledger.fact('source')}, inventory {ledger.fact('listed')}",
        f"copy      {_objects(counts[State.FOUND])}{_kinds(ledger)}",
        f"there     {_objects(counts[State.COPIED])} copied, {_objects(counts[State.PROVEN])} proven",
        f"segments  {_segmented(job, ledger)}",
        *_times(job, ledger, speeds, now or datetime.now(UTC)),
        *_named("mapped", _mapped(ledger), names),
        *_named("archive", [(label, "") for label, _ in ledger.reasons(State.WAITING)], names, ARCHIVE),
        *_named("refused", list(ledger.reasons(State.REFUSED)), names),
        "Nothing was sent to the target.",
    ]
    waits = ExitCode.UNPROVEN if counts[State.WAITING][0] else ExitCode.HOLDS
    return Plan(lines, ExitCode.FINDINGS if counts[State.REFUSED][0] else waits)


def _times(job: Job, ledger: Ledger, speeds: Speeds, now: datetime) -> Iterator[str]:
    counts = ledger.counts()
    seen = pace(ledger, (Event.COPIED, Event.ADOPTED), counts[State.FOUND], now)
    if speeds.objects is None and seen.objects and seen.seconds > 0:
        speeds = Speeds(speeds.line, seen.objects / seen.seconds)
    present = [counts[state] for state in (State.FOUND, State.COPIED, State.PROVEN)]
    everything = sum(count for count, _ in present), sum(size for _, size in present)
    for what, (objects, size) in (("copy", counts[State.FOUND]), ("verify", everything)):
        took = speeds.took(objects, size, job, now)
        said = str(timedelta(seconds=round(took.total_seconds()))) if took is not None else ""
        yield f"{what:<9} {said or 'no time: without a limit by hour, --line says what the line bears'}"
    by = [job.bandwidth.said() if job.bandwidth else "no limit by hour"]
    by += [f"a line of {speeds.line / MB:g} MB/s"] if speeds.line else []
    by.append(f"{speeds.objects:.3g} objects a second" if speeds.objects else "objects not counted")
    yield f"          worked out with {', '.join(by)}"


def _mapped(ledger: Ledger) -> list[tuple[str, str]]:
    query = (
        "SELECT name, snapshot, target, mapped FROM objects WHERE mapped <> '' AND target IS NOT NULL"
        " AND state NOT IN ('refused', 'gone') ORDER BY name, snapshot"
    )
    return [
        (f"{name}@{snapshot}" if snapshot else name, f"becomes {target} ({mapped})")
        for name, snapshot, target, mapped in ledger.base.execute(query)
    ]


def _named(what: str, found: list[tuple[str, str]], most: int, rest: str = "") -> Iterator[str]:
    yield f"{what:<9} {len(found)} objects{', ' + rest if rest and found else ''}"
    for label, why in found[:most]:
        yield f"          {_printable(label)}{': ' + _printable(why) if why else ''}"
    if len(found) > most:
        yield f"          and {len(found) - most} more (--names)"


def _kinds(ledger: Ledger) -> str:
    query = "SELECT type, count(*) FROM objects WHERE state = 'found' GROUP BY type ORDER BY type"
    said = [f"{count} {kind}" for kind, count in ledger.base.execute(query)]
    return f": {', '.join(said)}" if said else ""


def _segmented(job: Job, ledger: Ledger) -> str:
    query = (
        "SELECT count(*), coalesce(sum((size + ?1 - 1) / ?1), 0) FROM objects"
        " WHERE state = 'found' AND size > ?2"
    )
    large, segments = ledger.base.execute(query, (job.segment, job.buffer)).fetchone()
    return f"{large} objects larger than {job.buffer_mib:g} MiB, in {segments} segments"


def _objects(counted: tuple[int, int]) -> str:
    return f"{counted[0]} objects ({counted[1]} bytes)"


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
