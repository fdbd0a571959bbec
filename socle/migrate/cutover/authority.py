"""Which side counts: a signed record beside the ledger, and a mark on the target's container for all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from socle import signing
from socle.identity import write_private
from socle.migrate.certify import SIGNER
from socle.migrate.cutover.gates import Side
from socle.migrate.ledger import Ledger
from socle.migrate.target import Target
from socle.paths import state

HEADER = "X-Container-Meta-Socle-Authoritative"
AUTHORITY, ATTESTATION = "socle-migration-authority", "socle-migration-deletion"
"""What a signature is for."""


def declare(file: Path, target: Target, side: Side, **said: Any) -> datetime:
    """Say that `side` counts from now on; when that was, by the target's clock. Raises EndError."""
    at = target.say(HEADER, side)
    signed(file, AUTHORITY, {"authoritative": str(side), "since": at.astimezone(UTC).isoformat(), **said})
    return at.astimezone(UTC)


def signed(file: Path, purpose: str, said: dict[str, Any]) -> None:
    """A document, and its signature by the key that signs certificates."""
    text = json.dumps({"format": f"{purpose}/1", **said}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    write_private(file, text.encode())
    signing.sign(file, signing.signer(state() / "migrations" / "key", SIGNER), purpose)


def written_since(ledger: Ledger, target: Target, since: datetime) -> Iterator[str]:
    """What people did at the target since it counts: objects that came, changed or went. Raises EndError.

    Both lists are in the order of bytes.
    """
    expected = ledger.base.execute("SELECT target FROM objects WHERE state = 'proven' ORDER BY target")
    wanted = next(expected, None)
    for name, _, written in target.dated(target.container):
        while wanted and wanted[0].encode() < name.encode():
            yield f"{wanted[0]} was removed"
            wanted = next(expected, None)
        known = wanted is not None and wanted[0] == name
        if written >= since:
            yield f"{name} was {'changed' if known else 'made'}"
        wanted = next(expected, None) if known else wanted
    while wanted:
        yield f"{wanted[0]} was removed"
        wanted = next(expected, None)
