"""`verify`: the target read again in full with a credential that only reads, both ways against the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from socle.errors import FailureError, UserError
from socle.migrate.again import insist
from socle.migrate.copying import outstanding
from socle.migrate.ends import EndError
from socle.migrate.job import Job
from socle.migrate.ledger import DOUBTED, Item, Ledger
from socle.migrate.one import Seen, look
from socle.migrate.pace import Pace
from socle.migrate.states import Event, State
from socle.migrate.target import Target
from socle.migrate.words import record
from socle.migrate.work import Failed, TooMuch, patiently, through
from socle.records import Record, RecordSet, Verdict

_THERE = (State.COPIED, State.PROVEN)
_SAME = (
    "The target holds what was read at the source",
    "La destination contient ce qui a été lu à la source",
)
_NOTHING_ELSE = ("The target holds nothing else", "La destination ne contient rien d'autre")
_READS_ONLY = ("The verifier can only read", "Le vérificateur ne peut que lire")
PROBE = "socle-may-this-reader-write"


def run(job: Job, ledger: Ledger, reader: Target, told: Callable[[int, int], None]) -> RecordSet:
    """Read every object that was copied; goes on with a verification that was stopped.

    `told` is given objects and bytes read so far. Raises FailureError when the target cannot be listed.
    """
    if not ledger.fact("listed"):
        raise FailureError("nothing was listed", job.name, "run `socle migrate inventory` to its end first")
    number = int(ledger.fact("verification") or 0)
    if not number or ledger.fact("verified") == str(number):
        number += 1
        ledger.know("verification", str(number))
    found = [_reads_only(reader)]
    found += _objects(job, ledger, reader, number, told)
    try:
        found += _listed(ledger, reader)
    except EndError as error:
        raise FailureError(str(error), reader.address, "run the same command again to go on") from None
    found += outstanding(ledger)
    found.append(_counted(job, ledger, number))
    records = RecordSet.of(found)
    ledger.know("verified", str(number))
    ledger.know("verdict", str(int(records.exit_code())))
    ledger.know(
        "findings", str(sum(r.verdict is Verdict.FAIL and r.check != "migrate-object" for r in records))
    )
    return records


def _reads_only(reader: Target) -> Record:
    try:
        writes = insist(lambda: reader.may_write(PROBE))
    except EndError as error:
        return record("migrate-reader", reader.address, Verdict.UNPROVEN, _READS_ONLY, evidence=str(error))
    verdict = Verdict.FAIL if writes else Verdict.PASS
    said = "an object that it wrote was taken" if writes else "an object that it tried to write was refused"
    fix = "give `reader` a credential that only reads" if writes else None
    return record("migrate-reader", reader.address, verdict, _READS_ONLY, evidence=said, fix=fix)


def _objects(
    job: Job, ledger: Ledger, reader: Target, number: int, told: Callable[[int, int], None]
) -> Iterator[Record]:
    limits, pace = reader.limits(), Pace(job.workers)
    objects = size = 0

    def one(item: Item) -> Seen | Failed | TooMuch:
        return patiently(pace, lambda: look(reader, item, limits))

    def lease(count: int, beyond: int) -> list[Item]:
        return ledger.lease(_THERE, count, beyond=beyond, proof=number)

    batches = through(ledger, lease, one, job.workers)
    for batch in batches:
        with ledger.writing():
            for item, seen in batch:
                objects += 1
                size += seen.read if isinstance(seen, Seen) else 0
                if found := _judged(ledger, item, seen, number):
                    yield found
        if any(isinstance(seen, Failed) and seen.login for _, seen in batch):
            batches.close()
            raise UserError(
                "the reader's credential is refused", reader.address, "renew it and run again to go on"
            )
        told(objects, size)


def _judged(ledger: Ledger, item: Item, seen: Seen | Failed | TooMuch, number: int) -> Record | None:
    if isinstance(seen, Seen) and not seen.objection:
        ledger.tell(item.id, Event.PROVEN, mine=True, proof=number)
        return None
    if isinstance(seen, Seen) or (isinstance(seen, Failed) and seen.cut):
        evidence = f"target: {seen.objection}" if isinstance(seen, Seen) else seen.why
        ledger.tell(item.id, Event.MISMATCH, mine=True, why=evidence, sha256=None, proof=DOUBTED)
        fix = "find out who wrote to the target, then run `socle migrate copy`: it is copied again"
        return record("migrate-proof", item.label, Verdict.FAIL, _SAME, evidence=evidence, fix=fix)
    ledger.tell(item.id, Event.UNREAD, mine=True, why=seen.why)
    return record("migrate-proof", item.label, Verdict.UNPROVEN, _SAME, evidence=seen.why)


def _listed(ledger: Ledger, reader: Target) -> Iterator[Record]:
    """What stands at the target and is no copy of anything; both lists are in the order of bytes."""
    expected = ledger.base.execute(
        "SELECT target FROM objects WHERE state IN ('copied', 'proven') ORDER BY target"
    )
    wanted = next(expected, None)
    for name, size in reader.listing(reader.container):
        while wanted and wanted[0].encode() < name.encode():
            wanted = next(expected, None)
        if wanted and wanted[0] == name:
            continue
        told = ledger.base.execute("SELECT state FROM objects WHERE target = ? LIMIT 1", (name,)).fetchone()
        if told and told[0] == State.FOUND:
            continue  # it has a verdict of its own
        since = "deleted or refused at the source since" if told else "no object of the source"
        yield _extra(name, f"{size} bytes: {since}")
    known = {
        part[0] for item in ledger.items("segments <> '[]' AND state <> 'gone'") for part in item.segments
    }
    for name, size in reader.listing(reader.segments_container):
        if name not in known:
            yield _extra(f"{reader.segments_container}/{name}", f"segment of {size} bytes: of no object")


def _extra(name: str, evidence: str) -> Record:
    fix = "find out who wrote it, then remove it or list it elsewhere"
    return record("migrate-extra", name, Verdict.FAIL, _NOTHING_ELSE, evidence=evidence, fix=fix)


def _counted(job: Job, ledger: Ledger, number: int) -> Record:
    counts = ledger.counts()
    present = sum(counts[state][0] for state in State if state is not State.GONE)
    size = counts[State.PROVEN][1]
    row = ledger.base.execute(
        "SELECT count(*) FROM objects WHERE state = 'proven' AND proof = ?", (number,)
    ).fetchone()
    whole = row[0] == present
    return record(
        "migrate-verify",
        job.name,
        Verdict.PASS if whole and present else Verdict.UNPROVEN,
        _SAME,
        evidence=f"{row[0]} of {present} objects ({size} bytes) read in full in verification {number}",
        fix=None if whole else "see the records beside this one",
    )
