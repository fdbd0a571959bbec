"""Two persons accept one dossier, each by the certificate of `socle admin sign`: who, with a second factor.

Signatures, and who may approve for the data layer, are those of `socle change` (socle.change.signing).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from infra.facts import FactError
from socle.change import record, signing
from socle.env import Environment
from socle.errors import FindingError, SocleError, UnprovenError, UserError
from socle.identity import make_folder, write_private

PURPOSE = "socle-migrate-acceptance"
PERSONS = 2
DOSSIER, SIGNED = "dossier.json", "accepted"


def propose(folder: Path, said: dict[str, Any]) -> str:
    """Write what is to be accepted; its digest. One that says something else makes older acceptances void."""
    file = make_folder(folder) / DOSSIER
    text = (json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    if not file.exists() or file.read_bytes() != text:
        write_private(file, text)
    return record.digest(file)


def accept(environment: Environment, folder: Path, name: str, login: str, key: Path) -> None:
    """Sign that `login` accepts the dossier; raises FindingError, UserError, UnprovenError."""
    _may(environment, login)
    file = make_folder(folder / SIGNED) / f"{login}.json"
    said = record.Approval(
        change=name, proposal=record.digest(folder / DOSSIER), approver=login, at=record.now()
    )
    write_private(file, (said.model_dump_json(indent=2) + "\n").encode())
    signing.sign(file, key, PURPOSE)
    try:
        signing.verify(environment, file, login, purpose=PURPOSE)
    except SocleError:
        file.unlink()
        record.signature(file).unlink(missing_ok=True)
        raise


def accepted(environment: Environment, folder: Path) -> tuple[list[str], list[str]]:
    """Who accepted this very dossier, by certificates that hold now; and why others do not count."""
    holds, void = [], []
    for file, approval in _approvals(folder):
        try:
            if approval is None or file.stem != approval.approver:
                raise FindingError("not an acceptance that socle wrote", file.name)
            if approval.proposal != record.digest(folder / DOSSIER):
                raise FindingError(f"the acceptance of {approval.approver} is for another dossier", file.name)
            _may(environment, approval.approver)
            signing.verify(environment, file, approval.approver, purpose=PURPOSE)
            holds.append(approval.approver)
        except FindingError as error:
            void.append(error.what)
    return sorted(set(holds)), void


def needed(environment: Environment, folder: Path, name: str) -> list[str]:
    """The persons, when there are enough of them; raises UnprovenError."""
    holds, void = accepted(environment, folder)
    if len(holds) < PERSONS:
        so_far = f"accepted by {', '.join(holds) or 'nobody'}" + (f" ({'; '.join(void)})" if void else "")
        raise UnprovenError(
            f"waits for {PERSONS} different persons, {so_far}",
            name,
            "socle migrate accept FILE --as LOGIN, then the same command again",
        )
    return holds


def _may(environment: Environment, login: str) -> None:
    try:
        signing.may_approve(environment, login, f"{environment.name}-data")
    except FactError as error:
        raise UserError(str(error)) from None


def _approvals(folder: Path) -> Iterator[tuple[Path, record.Approval | None]]:
    for file in sorted((folder / SIGNED).glob("*.json")):
        try:
            yield file, record.Approval.model_validate_json(file.read_bytes())
        except (ValidationError, OSError):
            yield file, None
