"""The deletion at the source: only of what a certificate names and the verifier has just read again.

The list is made before the last acceptance and is what the two persons accept; each blob goes on the
condition that it still is the version that was copied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from socle.errors import FailureError, FindingError
from socle.migrate.again import insist
from socle.migrate.certify import MANIFEST, manifest_line
from socle.migrate.cutover.source import Owner
from socle.migrate.ends import ChangedError, EndError
from socle.migrate.job import Job
from socle.migrate.ledger import Item, Ledger
from socle.migrate.pace import Pace
from socle.migrate.partitions import Partition, Shape
from socle.migrate.source import Blob, Source
from socle.migrate.states import Event
from socle.migrate.work import Failed, TooMuch, patiently

_AT_ONCE = 256
_DELETED = "SELECT 1 FROM events WHERE object = ? AND what = 'deleted' LIMIT 1"
PROVIDER = (
    {
        "en": "What the storage account keeps of deleted blobs: soft delete, versions, restore to a date, "
        "backups, and replicas in other places. When they are gone is the provider's to attest.",
        "fr": "Ce que le compte de stockage garde des objets supprimés : suppression réversible, versions, "
        "restauration à une date, sauvegardes et répliques ailleurs. Leur fin relève de l'attestation du "
        "fournisseur.",
    },
    {
        "en": "Copies that people made of the data outside of this container.",
        "fr": "Les copies que des personnes ont faites des données hors de ce conteneur.",
    },
)


def listed(ledger: Ledger, certificate: Path, verification: int, file: Path) -> tuple[int, int, str]:
    """Write the list; how many objects, bytes, and its digest. Raises FindingError when files are not whole.

    A line is the certificate's own, when the ledger says the same of the object and has proven it again.
    """
    certified = json.loads((certificate / "certificate.json").read_text(encoding="utf-8"))
    count, size, digest, whole = 0, 0, hashlib.sha256(), hashlib.sha256()
    proven = ledger.items("state = 'proven' AND proof = ?", (verification,), order="target")
    item = next(proven, None)
    partial = file.with_suffix(".partial")
    with (certificate / MANIFEST).open("rb") as manifest, partial.open("wb") as stream:
        for line in manifest:
            whole.update(line)
            name = str(json.loads(line)["name"])
            while item and item.target.encode() < name.encode():
                item = next(proven, None)
            if item and manifest_line(item) + b"\n" == line:
                stream.write(line)
                digest.update(line)
                count, size = count + 1, size + item.size
    if whole.hexdigest() != certified["files"][MANIFEST]:
        raise FindingError("is not the manifest of its certificate", str(certificate / MANIFEST))
    partial.replace(file)
    return count, size, digest.hexdigest()


def delete(
    job: Job, ledger: Ledger, owner: Owner, file: Path, told: Callable[[int], None]
) -> list[tuple[str, str]]:
    """Delete all of the list; label and reason of what stays. Snapshots go before the blobs that they are of.

    Goes on where it was stopped. Raises FailureError when the source does not answer as it should.
    """
    kept: list[tuple[str, str]] = []
    done, pace = 0, Pace(job.workers)

    def one(item: Item) -> bool | str | Failed | TooMuch:
        def attempt() -> bool | str:
            try:
                return owner.delete(item.name, item.snapshot, item.etag)
            except ChangedError as error:
                return str(error)

        return patiently(pace, attempt)

    with ThreadPoolExecutor(job.workers) as pool:
        for snapshots in (True, False):
            items = _items(ledger, file, snapshots=snapshots)
            while batch := list(islice(items, _AT_ONCE)):
                ended = list(zip(batch, pool.map(one, batch), strict=True))
                with ledger.writing():
                    for item, how in ended:
                        if isinstance(how, bool):
                            why = "deleted at the source" if how else "was gone from the source"
                            ledger.tell(item.id, Event.DELETED, why=why)
                for item, how in ended:
                    if isinstance(how, Failed) and (how.login or "409" not in how.why):
                        raise FailureError(how.why, item.label, "run the same command again to go on")
                    if not isinstance(how, bool):
                        kept.append((item.label, how if isinstance(how, str) else how.why))
                done += len(batch)
                told(done)
    return kept


def _items(ledger: Ledger, file: Path, *, snapshots: bool) -> Iterator[Item]:
    with file.open("rb") as stream:
        for line in stream:
            said: dict[str, Any] = json.loads(line)
            if bool(said["source_snapshot"]) is not snapshots:
                continue
            where = "name = ? AND snapshot = ? AND etag = ? AND state = 'proven'"
            values = (said["source_name"], said["source_snapshot"], said["source_etag"])
            item = next(ledger.items(where, values), None)
            if item and not ledger.base.execute(_DELETED, (item.id,)).fetchone():
                yield item


def looked_for(ledger: Ledger, source: Source) -> tuple[list[str], list[str]]:
    """What the source still lists, though it was deleted; and what else it holds. Raises FailureError."""
    still: list[str] = []
    others: list[str] = []
    query = (
        "SELECT 1 FROM objects o JOIN events e ON e.object = o.id WHERE o.name = ? AND o.snapshot = ?"
        " AND o.etag = ? AND e.what = 'deleted' LIMIT 1"
    )
    try:
        for blob in _listed(source):
            gone = ledger.base.execute(query, (blob.name, blob.snapshot, blob.etag)).fetchone()
            label = f"{blob.name}@{blob.snapshot}" if blob.snapshot else blob.name
            (still if gone else others).append(label)
    except EndError as error:
        raise FailureError(str(error), source.address, "run the same command again to go on") from None
    return still, others


def _listed(source: Source) -> Iterator[Blob]:
    whole, marker = Partition("", Shape.TREE), ""
    while True:
        blobs, marker = insist(partial(source.page, whole, marker))
        yield from blobs
        if not marker:
            return
