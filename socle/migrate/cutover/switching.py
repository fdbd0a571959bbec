"""The gates at which another side comes to count, and what follows: accepted, switched, retained, deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from socle.change import record
from socle.errors import FindingError, UnprovenError
from socle.migrate import certify, inventory
from socle.migrate import delta as deltas
from socle.migrate.cutover import acceptance, authority, deletion
from socle.migrate.cutover.desk import Desk, Said
from socle.migrate.cutover.gates import Act, Gate, Side
from socle.migrate.cutover.proving import before_verified, read_again, refused
from socle.migrate.cutover.source import unlike
from socle.migrate.states import State
from socle.records import project_version

SWITCH, DELETION = "switch", "deletion"


def accepted(desk: Desk) -> Said:
    """Two persons accept the certificate."""
    certified = desk.passage.said(Act.PASSED, Gate.VERIFIED)
    frozen = desk.passage.said(Act.PASSED, Gate.READ_ONLY)
    _propose(
        desk,
        SWITCH,
        certificate={key: certified[key] for key in ("certificate", "digest", "root", "objects")},
        not_migrated=[name for name, _ in desk.ledger.reasons(State.REFUSED)],
        read_only={"since": frozen["at"], "refused": frozen["refused"]},
        retention_days=desk.spec.retention_days,
    )
    return {"by": agreed(desk, SWITCH), "retention_days": desk.spec.retention_days}


def _propose(desk: Desk, stage: str, **said: object) -> str:
    """The dossier of this attempt; after a rollback it is another, even when all else is the same."""
    began = desk.passage.said(Act.PASSED, Gate.READ_ONLY)["at"]
    common = {"format": f"socle-migrate-{stage}/1", "migration": desk.job.name, "begun": began}
    ends = {"source": desk.source.address, "target": desk.ledger.fact("claimed")}
    return acceptance.propose(desk.passage.file(stage), {**common, **ends, **said})


def agreed(desk: Desk, stage: str) -> list[str]:
    """The persons who accept; UnprovenError when there are not two."""
    return acceptance.needed(desk.environment, desk.passage.file(stage), desk.job.name)


def switched(desk: Desk) -> Said:
    """Nothing has changed at the source; the target counts from now on."""
    frozen = desk.passage.said(Act.PASSED, Gate.READ_ONLY)["policies"]
    unlike(desk.owner.policies(), frozen)
    refusals = refused(desk)
    inventory.take(desk.job, desk.ledger, desk.source, desk.target.limits())
    if one := next(deltas.changes(desk.ledger), None):
        raise FindingError(
            f"{one.name} is {one.kind} at the source since all was certified",
            desk.source.address,
            "find out who wrote it, then `socle migrate rollback --to read-only` and cutover again",
        )
    accepted = desk.passage.said(Act.PASSED, Gate.ACCEPTED)
    until = (desk.now() + timedelta(days=int(accepted["retention_days"]))).isoformat(timespec="seconds")
    digest = desk.passage.said(Act.PASSED, Gate.VERIFIED)["digest"]
    since = authority.declare(
        desk.passage.file("authority.json"), desk.target, Side.TARGET,
        migration=desk.job.name, certificate=digest, accepted=accepted["by"], source_kept_until=until,
    )  # fmt: skip
    desk.say(f"the target counts since {since.isoformat()}; the source is kept until {until}")
    return {"since": since.isoformat(), "until": until, "refused": refusals}


def before_retained(desk: Desk) -> Said:
    """UnprovenError while the source is still kept, by either clock."""
    until = datetime.fromisoformat(desk.passage.said(Act.PASSED, Gate.SWITCHED)["until"])
    if (now := desk.now()) < until:
        raise UnprovenError(
            f"the source is kept until {until.isoformat()}, {(until - now).days + 1} days more",
            desk.job.name,
            "run the same command then",
        )
    return before_verified(desk)


def retained(desk: Desk) -> Said:
    """Read all of the target again; list what may be deleted."""
    verification = read_again(desk, int(desk.passage.said(Act.BEGUN, Gate.RETAINED)["after"]))
    certified = desk.passage.said(Act.PASSED, Gate.VERIFIED)
    folder = desk.job.folder / "certificates" / str(certified["certificate"])
    if record.digest(folder / certify.CERTIFICATE) != certified["digest"]:
        raise FindingError("is not the certificate that was accepted", str(folder))
    file = desk.passage.file("deletion.jsonl")
    count, size, digest = deletion.listed(desk.ledger, folder, verification, file)
    stays = int(certified["objects"]) - count
    desk.say(f"{count} objects ({size} bytes) may be deleted; {stays} are not proven any more, and stay")
    _propose(
        desk, DELETION, certificate=certified["digest"], list=digest, objects=count, bytes=size, stay=stays
    )
    return {"list": digest, "objects": count, "stay": stays, "verification": verification}


def deleted(desk: Desk) -> Said:
    """Delete what is listed, look for it, and attest that."""
    file, noted = desk.passage.file("deletion.jsonl"), desk.passage.said(Act.PASSED, Gate.RETAINED)
    if record.digest(file) != noted["list"]:
        raise FindingError("is not the list that was accepted", str(file))
    kept = deletion.delete(
        desk.job, desk.ledger, desk.owner, file, lambda count: desk.say(f"{count} deleted or gone")
    )
    still, others = deletion.looked_for(desk.ledger, desk.source)
    if still:
        raise FindingError(f"{len(still)} are listed though deleted, as {still[0]}", desk.source.address)
    said = {
        "migration": desk.job.name,
        "source": desk.source.address,
        "list": noted["list"],
        "objects": int(noted["objects"]) - len(kept),
        "kept": [{"name": name, "reason": reason} for name, reason in kept],
        "left_at_the_source": len(others),
        "accepted": desk.passage.said(Act.BEGUN, Gate.DELETED)["by"],
        "deleted": datetime.now(UTC).isoformat(timespec="seconds"),
        "provider": deletion.PROVIDER,
        "version": project_version(),
    }
    attestation = desk.passage.file("attestation.json")
    authority.signed(attestation, authority.ATTESTATION, said)
    desk.say(f"attestation: {attestation}; {len(kept)} kept, {len(others)} others left at the source")
    return {"attestation": record.digest(attestation), "objects": said["objects"], "kept": len(kept)}


def before_deleted(desk: Desk) -> Said:
    """Two persons accept the deletion, before it is begun."""
    return {"by": agreed(desk, DELETION)}
