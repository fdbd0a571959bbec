"""One object: brought over, or read again at the target. Knows both ends and no ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from socle.migrate import headers as said
from socle.migrate.ends import BusyError, ChangedError, CutError
from socle.migrate.headers import Limits
from socle.migrate.job import Job
from socle.migrate.ledger import Item
from socle.migrate.source import Source
from socle.migrate.target import Segment, Target


@dataclass(frozen=True)
class Copied:
    """What came of it. `written` in bytes; 0 when what stands at the target was only compared."""

    sha256: str
    written: int
    segments: list[Segment] = field(default_factory=list)
    adopted: bool = False


class Reading:
    """The source's bytes on their way: counted and hashed once, whoever takes them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """Begin with nothing read."""
        self._pieces, self._rest = pieces, b""
        self._sha256, self.size = hashlib.sha256(), 0

    def take(self, most: int) -> Iterator[bytes]:
        """The next `most` bytes, in pieces; fewer when the source ends."""
        while most > 0:
            piece = self._rest or next(self._pieces, b"")
            if not piece:
                return
            now, self._rest = piece[:most], piece[most:]
            self._sha256.update(now)
            self.size += len(now)
            most -= len(now)
            yield now

    def digest(self) -> str:
        """SHA-256 of what was taken, in hex."""
        return self._sha256.hexdigest()


def describe(item: Item, sha256: str, limits: Limits) -> dict[str, str]:
    """The headers that an object bears at the target; raises TooMuchError."""
    facts = {
        said.SHA256: sha256,
        said.ETAG: item.etag,
        said.MODIFIED: item.modified,
        said.TYPE: item.type,
    }
    forms = {"metadata": item.metadata, "tags": item.tags}
    return said.native(item.content) | said.headers(facts, forms, limits)


def bring(job: Job, source: Source, target: Target, item: Item, limits: Limits, *, adopt: bool) -> Copied:
    """Copy an object, hashing what is read; raises EndError, ChangedError, BusyError, TooMuchError.

    With `adopt`, what stands there as a copy of this very version is compared and not written.
    """
    describe(item, "0" * 64, limits)  # before anything is read
    if adopt and (standing := target.head(item.target)):
        reading = _read(source, item)
        md5 = hashlib.md5(usedforsecurity=False)
        for piece in reading.take(item.size + 1):
            md5.update(piece)
        _whole(item, reading)
        large = "x-static-large-object" in standing
        same = standing.get("content-length") == str(item.size)
        same = same and (large or standing.get("etag", "").strip('"') == md5.hexdigest())
        if same and not said.differences(describe(item, reading.digest(), limits), standing):
            kept = _standing(target, item) if large else []
            return Copied(reading.digest(), 0, kept, adopted=True)
    reading = _read(source, item)
    if item.size <= job.buffer:
        body = b"".join(reading.take(item.size + 1))
        _whole(item, reading)
        target.put(item.target, body, describe(item, reading.digest(), limits))
        if item.segments:  # it was large before
            _tidy(target, item, frozenset())
        return Copied(reading.digest(), reading.size)
    return _bring_large(job, target, item, limits, reading)


def _bring_large(job: Job, target: Target, item: Item, limits: Limits, reading: Reading) -> Copied:
    size = max(job.segment, -(-item.size // limits.segments))
    prefix = _prefix(item)
    made: list[Segment] = []
    while reading.size < item.size:
        name = f"{prefix}{len(made):05}"
        made.append(target.put_segment(name, reading.take(min(size, item.size - reading.size))))
        if not made[-1][1]:
            break
    for _ in reading.take(1):  # more than was listed
        pass
    _whole(item, reading)
    target.put_manifest(item.target, made, describe(item, reading.digest(), limits))
    _tidy(target, item, frozenset(name for name, _, _ in made))
    return Copied(reading.digest(), reading.size, made)


def _tidy(target: Target, item: Item, kept: frozenset[str]) -> None:
    """Remove segments of an earlier version, or of a run that was stopped."""
    for name, _ in list(target.listing(target.segments_container, _family(item))):
        if name not in kept:
            target.remove_segment(name)


def _standing(target: Target, item: Item) -> list[Segment]:
    found = target.listing(target.segments_container, _prefix(item))
    return [(name, size, "") for name, size in found]


def _family(item: Item) -> str:
    """Where all segments of an object lie; a hash, since with a number behind it the name may be too long."""
    return hashlib.sha256(item.target.encode()).hexdigest()[:40] + "/"


def _prefix(item: Item) -> str:
    """Where the segments of this version of it lie: never those of another version."""
    return _family(item) + hashlib.sha256(f"{item.etag} {item.size}".encode()).hexdigest()[:16] + "/"


def _read(source: Source, item: Item) -> Reading:
    return Reading(source.read(item.name, item.snapshot, item.etag))


def _whole(item: Item, reading: Reading) -> None:
    if reading.size > item.size:
        raise ChangedError(f"gave more than the {item.size} bytes that were listed")
    if reading.size < item.size:
        raise BusyError(f"source: {reading.size} of {item.size} bytes came")


@dataclass(frozen=True)
class Seen:
    """What the verifier read: empty `objection` when the target holds what was read at the source."""

    objection: str
    read: int


def look(target: Target, item: Item, limits: Limits) -> Seen:
    """Read an object at the target in full and compare all of it; raises EndError, BusyError."""
    found = target.read(item.target)
    if found is None:
        return Seen("is not there", 0)
    headers, pieces = found
    sha256, size = hashlib.sha256(), 0
    for piece in pieces:
        sha256.update(piece)
        size += len(piece)
    announced = int(headers.get("content-length", size))
    if size != announced and announced == item.size:
        raise CutError(f"target: {size} of {announced} bytes came")
    if size != item.size:
        return Seen(f"{size} bytes instead of {item.size}", size)
    if sha256.hexdigest() != item.sha256:
        return Seen(f"SHA-256 {sha256.hexdigest()} instead of {item.sha256}", size)
    if different := said.differences(describe(item, item.sha256, limits), headers):
        return Seen(f"these differ: {', '.join(different)}", size)
    return Seen("", size)
