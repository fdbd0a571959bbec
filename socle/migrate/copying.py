"""`copy`: what the ledger has found is brought over; what is proven or copied already costs no byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from socle.errors import UserError
from socle.migrate.job import Job
from socle.migrate.ledger import Item, Ledger
from socle.migrate.one import Copied, bring
from socle.migrate.pace import Pace
from socle.migrate.source import Source
from socle.migrate.states import Event, State
from socle.migrate.target import Target
from socle.migrate.words import record
from socle.migrate.work import Failed, TooMuch, patiently, through
from socle.records import Record, RecordSet, Verdict

_BROUGHT = ("Every object is at the target", "Chaque objet est à la destination")


@dataclass
class Tally:
    """What a run did; bytes are those written to the target."""

    copied: int = 0
    adopted: int = 0
    failed: int = 0
    written: int = 0

    def line(self) -> str:
        """For people."""
        return (
            f"{self.copied} copied ({self.written} bytes written), "
            f"{self.adopted} compared with what stood there, {self.failed} not done"
        )


Told = Callable[[Tally], None]


def run(job: Job, ledger: Ledger, source: Source, target: Target, told: Told) -> Tally:
    """Copy all that is found; raises UserError when a credential is refused on the way."""
    limits, tally = target.limits(), Tally()
    # The ledger knows nothing yet of a container that is this migration's: the one before was lost.
    if target.mark(job.name) and not ledger.fact("claimed"):
        ledger.know("adopt", "1")
    ledger.know("claimed", target.address)
    adopt, pace = bool(ledger.fact("adopt")), Pace(job.workers)

    def one(item: Item) -> Copied | Failed | TooMuch:
        compare = adopt and not item.doubted
        return patiently(pace, lambda: bring(job, source, target, item, limits, adopt=compare))

    batches = through(
        ledger, lambda count, beyond: ledger.lease((State.FOUND,), count, beyond=beyond), one, job.workers
    )
    for batch in batches:
        with ledger.writing():
            for item, done in batch:
                _keep(ledger, item, done, tally)
        refused = next((d for _, d in batch if isinstance(d, Failed) and d.login), None)
        if refused:
            batches.close()
            raise UserError(
                f"a credential is refused ({refused.why})",
                job.name,
                "renew it and run the same command again: what was done stays done",
            )
        told(tally)
    return tally


def _keep(ledger: Ledger, item: Item, done: Copied | Failed | TooMuch, tally: Tally) -> None:
    if isinstance(done, TooMuch):
        ledger.tell(item.id, Event.REFUSED, mine=True, why=done.why)
    elif isinstance(done, Failed):
        tally.failed += 1
        ledger.tell(item.id, Event.FAILED, mine=True, why=done.why)
    else:
        event = Event.ADOPTED if done.adopted else Event.COPIED
        tally.adopted += done.adopted
        tally.copied += not done.adopted
        tally.written += done.written
        ledger.tell(
            item.id, event, mine=True, sha256=done.sha256, segments=json.dumps(done.segments), proof=0
        )


def records(job: Job, ledger: Ledger) -> RecordSet:
    """What the ledger says of the copy: a record for each object that is not there, and one for all."""
    return RecordSet.of(_records(job, ledger))


def _records(job: Job, ledger: Ledger) -> Iterator[Record]:
    yield from outstanding(ledger)
    counts = ledger.counts()
    left = counts[State.FOUND][0] + counts[State.WAITING][0]
    there = counts[State.COPIED][0] + counts[State.PROVEN][0]
    yield record(
        "migrate-copy",
        job.name,
        Verdict.UNPROVEN if left or not ledger.fact("listed") else Verdict.PASS,
        _BROUGHT,
        evidence=f"{there} objects at the target, {left} not yet, {counts[State.REFUSED][0]} refused by name",
        fix="run `socle migrate inventory` and `socle migrate copy` again" if left else None,
    )


def outstanding(ledger: Ledger) -> Iterator[Record]:
    """A record for each object that was refused, waits, or could not be copied."""
    for label, why in ledger.reasons(State.REFUSED):
        fix = "rename it at the source, or say on record that it stays behind"
        yield record("migrate-object", label, Verdict.FAIL, _BROUGHT, evidence=f"refused: {why}", fix=fix)
    for state in (State.WAITING, State.FOUND):
        for label, why in ledger.reasons(state):
            yield record("migrate-object", label, Verdict.UNPROVEN, _BROUGHT, evidence=why)
