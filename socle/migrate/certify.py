"""`certify`: the manifest of what is proven, its Merkle root, and a signed certificate that names both.

Standard tools check it (docs/en/migration.md): ssh-keygen the signature, sha256sum the files and the data.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from socle import signing
from socle.errors import FindingError, UnprovenError
from socle.identity import make_folder
from socle.migrate import merkle
from socle.migrate.job import Job
from socle.migrate.ledger import Item, Ledger
from socle.migrate.states import State
from socle.paths import state
from socle.records import project_version

NAMESPACE = "socle-migration"
SIGNER = "socle-migration"
FORMAT = "socle-migration-certificate/1"
MANIFEST, SUMS, CERTIFICATE = "manifest.jsonl", "SHA256SUMS", "certificate.json"


@dataclass(frozen=True)
class Issued:
    """Where the certificate lies, and the root that it names."""

    folder: Path
    root: str
    objects: int


def issue(job: Job, ledger: Ledger, *, with_refused: bool) -> Issued:
    """Certify the last verification; raises FindingError or UnprovenError when it cannot be."""
    refused = _fit(job, ledger, with_refused=with_refused)
    folder = make_folder(job.folder / "certificates" / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ"))
    lines, count, size = hashlib.sha256(), 0, 0

    def written() -> Iterator[bytes]:
        nonlocal count, size
        with (folder / MANIFEST).open("wb") as manifest, (folder / SUMS).open("wb") as sums:
            for item in ledger.items("state = 'proven'", order="target"):
                line = manifest_line(item)
                manifest.write(line + b"\n")
                lines.update(line + b"\n")
                sums.write(sums_line(item))
                count, size = count + 1, size + item.size
                yield line

    root = merkle.root(written()).hex()
    document: dict[str, Any] = {
        "format": FORMAT,
        "migration": job.name,
        "source": ledger.fact("source"),
        "target": ledger.fact("claimed"),
        "objects": count,
        "bytes": size,
        "merkle_root": root,
        "files": {MANIFEST: lines.hexdigest(), SUMS: _sha256(folder / SUMS)},
        "not_migrated": [{"name": name, "reason": reason} for name, reason in refused],
        "inventory": int(ledger.fact("listed")),
        "verification": int(ledger.fact("verified")),
        "issued": datetime.now(UTC).isoformat(timespec="seconds"),
        "operator": getpass.getuser(),
        "host": platform.node(),
        "tool": project_version(),
    }
    text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / CERTIFICATE).write_text(text, encoding="utf-8")
    public = signing.signer(state() / "migrations" / "key", SIGNER)
    signing.sign(folder / CERTIFICATE, public, NAMESPACE)
    return Issued(folder, root, count)


def _fit(job: Job, ledger: Ledger, *, with_refused: bool) -> list[tuple[str, str]]:
    """What was refused, when all else is proven by the last verification."""
    number = ledger.fact("verified")
    if not number or number != ledger.fact("verification") or ledger.fact("listed") != ledger.fact("pass"):
        raise UnprovenError(
            "the last inventory or verification did not come to its end",
            job.name,
            "run `socle migrate verify`",
        )
    open_ones = (str(State.FOUND), str(State.WAITING), str(State.COPIED))
    left = ledger.base.execute(
        "SELECT count(*) FROM objects WHERE state IN (?, ?, ?) OR (state = 'proven' AND proof <> ?)",
        (*open_ones, int(number)),
    ).fetchone()[0]
    if left:
        raise UnprovenError(
            f"{left} objects are not proven", job.name, "run `socle migrate copy`, then `verify`"
        )
    if findings := int(ledger.fact("findings") or 0):
        raise FindingError(
            f"the last verification has {findings} findings", job.name, "mend them and verify again"
        )
    refused = list(ledger.reasons(State.REFUSED))
    if refused and not with_refused:
        raise FindingError(
            f"{len(refused)} objects were refused",
            job.name,
            "--with-refused certifies the rest and names them",
        )
    return refused


def manifest_line(item: Item) -> bytes:
    """A leaf of the tree: one JSON object, keys sorted, no spaces, UTF-8."""
    said = {
        "name": item.target,
        "sha256": item.sha256,
        "size": item.size,
        "source_etag": item.etag,
        "source_modified": item.modified,
        "source_name": item.name,
        "source_snapshot": item.snapshot,
        "metadata": item.metadata,
        "tags": item.tags,
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sums_line(item: Item) -> bytes:
    """A line as sha256sum writes it; a name with a backslash is escaped as it does."""
    name = item.target.replace("\\", "\\\\")
    mark = "\\" if name != item.target else ""
    return f"{mark}{item.sha256}  {name}\n".encode()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
