"""The end of a space: first its key, then all that the cloud holds of it, then a look, then the certificate.

From the moment the key is gone nothing that the space's volumes held can be read, whatever becomes of the
rest. What was there is noted before: an erasure that was killed goes on from the note.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from infra.plan.objects import EXCHANGE, exchange_container
from infra.stackfile import space_of
from socle import ca
from socle.env import Environment
from socle.errors import FindingError, UserError
from socle.hosts.servers import connect
from socle.identity import make_folder, write_private
from socle.local.run import UNATTENDED, Context, Step
from socle.local.stacks import stacks
from socle.records import project_version
from socle.space import certificate, inventory, key, removal, table
from socle.space.left import COPIES, Left, left_of, still_there


@dataclass(frozen=True)
class Erasure:
    """`note`: what was there, kept until the certificate is written."""

    environment: Environment
    stack: str

    @property
    def folder(self) -> Path:
        """Notes and certificates, beside the keys."""
        return make_folder(self.environment.ssh_dir.parent / "erasures")

    @property
    def note(self) -> Path:
        """What was there when it began."""
        return self.folder / f"{self.stack}.note.json"

    @property
    def keys(self) -> Path:
        """Where the space's key lies."""
        return key.folder(self.environment.ssh_dir)

    def left(self) -> list[Left]:
        """What the cloud holds of the space now."""
        return left_of(connect(self.environment), self.environment.name, space_of(self.stack))

    def certificate(self, day: date) -> Path:
        """Where the certificate comes to lie."""
        return self.folder / f"{self.stack}-{day}.json"


def begin(erasure: Erasure, owner: str, approver: str) -> None:
    """Note what is there. UserError when results wait to be let out."""
    if erasure.note.exists():
        return
    space, found = table.loaded(erasure.stack), erasure.left()
    goes = exchange_container(erasure.environment.name, space.name, "out")
    waiting = [one for one in found if one.kind == "container" and one.name == goes]
    if any(not one.detail.startswith("0 objects") for one in waiting):
        what = f"{waiting[0].name} holds {waiting[0].detail} that were not exported"
        raise UserError(what, space.source.document.label, "export them, or delete them one by one")
    file = key.key_file(erasure.keys, erasure.stack)
    said = {
        "space": space.name,
        "environment": erasure.environment.name,
        "number": space.space.number,
        "purpose": space.space.purpose,
        "owner": owner,
        "approver": approver,
        "begun": _now(),
        # A space whose volumes were never sealed has none.
        "key": key.fingerprint(file.read_text(encoding="ascii").strip())
        if file.exists()
        else "none was given",
        "objects": inventory.said(
            connect(erasure.environment), erasure.environment.name, erasure.stack, erasure.keys
        ),
        "was": [one.said() for one in found],
    }
    write_private(erasure.note, (json.dumps(said, indent=2) + "\n").encode())


def steps(erasure: Erasure) -> tuple[Step, ...]:
    """What an erasure does, in the order that counts."""
    return (
        Step("key", "Destroy the space's key", partial(_destroy_key, erasure)),
        Step("destroy", "Destroy what the cloud holds of it", partial(_destroy, erasure)),
        Step("look", "Look for what is left", partial(_look, erasure)),
        Step("certificate", "Write and sign the certificate", partial(_certify, erasure)),
    )


def _destroy_key(erasure: Erasure, context: Context) -> None:
    key.destroy(erasure.keys, erasure.stack)
    said = _noted(erasure)
    if "key destroyed" not in said:
        _note(erasure, {**said, "key destroyed": _now()})
    context.say(f"the key {said['key']} is destroyed: what the space sealed cannot be read any more")


def _destroy(erasure: Erasure, context: Context) -> None:
    """Copies that others made of its volumes stay: they are not the stack's, and unreadable."""
    cloud, environment = connect(erasure.environment), erasure.environment
    mine = replace(context, environment=environment.of(erasure.stack))
    if kept := removal.remove_copies(cloud, erasure.left(), context.say):
        said = _noted(erasure)
        _note(erasure, {**said, "kept": {**said.get("kept", {}), **kept}})
    if erasure.stack not in stacks(environment):
        return
    for way in EXCHANGE:
        removal.empty(cloud, exchange_container(environment.name, space_of(erasure.stack), way))
    mine.tool("pulumi", "destroy", *UNATTENDED)
    mine.tool("pulumi", "stack", "rm", erasure.stack, "--yes", "--non-interactive")


def _look(erasure: Erasure, context: Context) -> None:
    said, left = _noted(erasure), erasure.left()
    kept = said.get("kept", {})
    found = {one.id: str(one) for one in left if not one.is_copy and one.id not in kept}
    # A backup is known by its volume, which is gone: those that were noted are asked for by their ids.
    for one in still_there(connect(erasure.environment), _own(said, kept)):
        found.setdefault(one["id"], f"{one['kind']} {one['name']} ({one['id']})")
    if found:
        what = f"{len(found)} things of the space are left: {', '.join([*found.values()][:5])}"
        raise FindingError(what, erasure.stack, "delete them, then say the same command again")
    context.say("nothing that carries the space's name is left in the cloud")


def _own(said: dict[str, Any], kept: dict[str, str]) -> list[dict[str, str]]:
    """What was noted as the space's own and has to be gone."""
    return [one for one in said["was"] if one["kind"] not in COPIES and one["id"] not in kept]


def _certify(erasure: Erasure, context: Context) -> None:
    said = _noted(erasure)
    table.retire(erasure.stack, int(said["number"]))
    now = datetime.now(UTC)
    file = erasure.certificate(now.date())
    public = certificate.signer(ca.beside(erasure.environment.ssh_dir), erasure.environment.name)
    cloud, why = connect(erasure.environment), said.pop("kept", {})
    others = still_there(cloud, [one for one in said["was"] if one["kind"] in COPIES])
    kept = still_there(cloud, [one for one in said["was"] if one["id"] in why])
    written = {
        **said,
        "was": [one for one in said["was"] if one not in others and one not in kept],
        "copies of others, unreadable": others,
        "backups kept, unreadable": [{**one, "why": why[one["id"]]} for one in kept],
        "erased": _now(),
        "provider": certificate.PROVIDER,
        "version": project_version(),
    }
    certificate.write(file, written, public)
    erasure.note.unlink()
    context.say(f"certificate: {file}; `socle space verify {file}` checks it")


def _noted(erasure: Erasure) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(erasure.note.read_text(encoding="utf-8"))
    return found


def _note(erasure: Erasure, said: dict[str, Any]) -> None:
    write_private(erasure.note, (json.dumps(said, indent=2) + "\n").encode())


def _now() -> str:
    return datetime.now(UTC).replace(microsecond=0).isoformat()
