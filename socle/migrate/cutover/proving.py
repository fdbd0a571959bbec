"""The gates at which the source counts and both sides become the same: read-only, delta, verified."""

from __future__ import annotations

from socle.change import record
from socle.errors import FindingError, UnprovenError
from socle.migrate import certify, copying, inventory, verifying
from socle.migrate import delta as deltas
from socle.migrate.cutover.desk import Desk, Said
from socle.migrate.cutover.gates import Act, Gate
from socle.migrate.cutover.source import narrowed, unlike
from socle.migrate.meter import Meter
from socle.migrate.states import State
from socle.migrate.target import Target
from socle.records import Verdict

_ROUNDS = 10


def before_read_only(desk: Desk) -> Said:
    """A refusal says something only of who could write before."""
    for name, refusal in desk.owner.refusals(wanted=False, patience=0).items():
        if refusal:
            raise FindingError(
                f"this writer could not write before anything was done ({refusal})",
                name,
                "name credentials that write now: only their refusal shows that the source is read-only",
            )
    return {"policies": desk.owner.policies()}


def read_only(desk: Desk) -> Said:
    """Narrow the policies, and show that every writer is refused."""
    before = desk.passage.said(Act.BEGUN, Gate.READ_ONLY)["policies"]
    wanted = narrowed(before)
    unlike(desk.owner.policies(), before, wanted)
    desk.owner.set_policies(wanted)
    refusals = refused(desk)
    desk.source.check()
    return {"policies": wanted, "refused": refusals}


def refused(desk: Desk) -> dict[str, str]:
    """How each writer is refused; FindingError when one is not."""
    found = desk.owner.refusals(wanted=True)
    for name, refusal in found.items():
        if not refusal:
            raise FindingError(
                "this writer still writes: no stored access policy binds its credential",
                name,
                "renew the account key or take the role away, then run the same command again",
            )
    return found


def delta(desk: Desk) -> Said:
    """List and copy until a listing finds nothing otherwise."""
    limits = desk.target.limits()
    for number in range(1, _ROUNDS + 1):
        # One that was stopped before the source was read-only is only ended here; it shows nothing.
        fresh = desk.ledger.fact("listed") == desk.ledger.fact("pass")
        inventory.take(desk.job, desk.ledger, desk.source, limits)
        found = deltas.summary(desk.job, desk.ledger).evidence
        desk.say(f"delta {number}: {found}")
        removed = deltas.remove(desk.ledger, desk.target)
        done = copying.run(desk.job, desk.ledger, desk.source, desk.target, lambda _: None)
        desk.say(f"delta {number}: {done.line()}; {removed} removed from the target")
        if fresh and next(deltas.changes(desk.ledger), None) is None:
            break
    else:
        raise FindingError("the source still changes", desk.source.address, "find out who writes there")
    _nothing_left(desk)
    return {"inventory": int(desk.ledger.fact("listed"))}


def _nothing_left(desk: Desk) -> None:
    counts = desk.ledger.counts()
    left = counts[State.FOUND][0] + counts[State.WAITING][0]
    if left:
        raise UnprovenError(f"{left} objects are not copied", desk.job.name, "see `socle migrate plan`")
    if (refused := counts[State.REFUSED][0]) and not desk.with_refused:
        fix = "--with-refused goes on without them; the certificate names them, and they stay at the source"
        raise FindingError(f"{refused} objects were refused by name", desk.job.name, fix)


def before_verified(desk: Desk) -> Said:
    """The number of the verification that does not count."""
    # One that began before the last delta is not gone on with: all is read after it.
    if number := desk.ledger.fact("verification"):
        desk.ledger.know("verified", number)
    return {"after": int(number or 0)}


def verified(desk: Desk) -> Said:
    """Read all of the target again, and certify it. What was found wrong before is copied anew first."""
    counts = desk.ledger.counts()
    if counts[State.FOUND][0]:
        done = copying.run(desk.job, desk.ledger, desk.source, desk.target, lambda _: None)
        desk.say(f"copied anew: {done.line()}")
    left = counts[State.FOUND][0] + counts[State.COPIED][0]
    read_again(desk, int(desk.passage.said(Act.BEGUN, Gate.VERIFIED)["after"]), anew=bool(left))
    issued = certify.issue(desk.job, desk.ledger, with_refused=desk.with_refused)
    digest = record.digest(issued.folder / certify.CERTIFICATE)
    desk.say(f"{issued.objects} objects certified: {issued.folder}")
    return {
        "certificate": issued.folder.name,
        "digest": digest,
        "root": issued.root,
        "objects": issued.objects,
    }


def read_again(desk: Desk, beyond: int, *, anew: bool = False) -> int:
    """The number of a verification that began after number `beyond`, at its end; another one if `anew`.

    One that was stopped is gone on with.
    """
    ended = int(desk.ledger.fact("verified") or 0)
    if ended > beyond and ended == int(desk.ledger.fact("verification")) and not anew:
        return ended
    reader = Target(desk.job.target.reader, desk.job.target.container, Meter(desk.job.bandwidth))
    found = verifying.run(desk.job, desk.ledger, reader, lambda *_: None)
    for one in [r for r in found if r.verdict is Verdict.FAIL][:5]:
        desk.say(f"{one.target}: {one.evidence}")
    return int(desk.ledger.fact("verified"))
