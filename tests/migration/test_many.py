"""Thousands of blobs, odd in every way, are all proven or refused by name.

[ci]: 2,000. [nightly]: `SOCLE_OBJECTS=50000 SOCLE_LARGEST_MIB=5120`, more than Swift takes in one piece.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from io import BytesIO

from tests.migration.blobs import Made, draw, upload
from tests.migration.desk import Desk

OBJECTS = int(os.environ.get("SOCLE_OBJECTS", "2000"))
LARGEST_MIB = float(os.environ.get("SOCLE_LARGEST_MIB", "2"))
SEED = int(os.environ.get("SOCLE_SEED", "20261130"))
MIB = 1 << 20
LARGEST = "the largest of all"
"""Its content is one block of a mebibyte again and again, each with its number."""


def _blocks(size: float) -> Iterator[bytes]:
    for number in range(int(size)):
        yield number.to_bytes(8, "big") + b"socle" * ((MIB - 8) // 5) + b"." * ((MIB - 8) % 5)


class _Stream(BytesIO):
    """The largest blob, never held as a whole."""

    def __init__(self, size: float) -> None:
        super().__init__()
        self._left = _blocks(size)
        self._rest = b""

    def read(self, most: int | None = -1, /) -> bytes:
        while most is None or most < 0 or len(self._rest) < most:
            more = next(self._left, b"")
            if not more:
                break
            self._rest += more
        wanted = len(self._rest) if most is None or most < 0 else most
        given, self._rest = self._rest[:wanted], self._rest[wanted:]
        return given


def _listed(desk: Desk) -> dict[str, tuple[int, str]]:
    """Bytes and MD5 of every object, in Swift's own words: it is asked in pages."""
    found: dict[str, tuple[int, str]] = {}
    marker = ""
    while page := desk.store.get(f"/{desk.target}", params={"format": "json", "marker": marker}).json():
        found |= {one["name"]: (one["bytes"], one["hash"]) for one in page}
        marker = page[-1]["name"]
    return found


def test_thousands_of_odd_blobs_are_proven_or_refused_by_name(desk: Callable[..., Desk]) -> None:
    here = desk(buffer_mib=1 / 16, segment_mib=max(1.0, LARGEST_MIB / 5), partitions=16)
    made = draw(OBJECTS - 1, SEED, 1 << 16)
    print(f"seed {SEED}, {OBJECTS} blobs, the largest of {LARGEST_MIB} MiB")
    upload(here.source, made)
    here.source.upload_blob(LARGEST, _Stream(LARGEST_MIB), length=int(LARGEST_MIB) * MIB, max_concurrency=1)
    refused = {one.name for one in made if one.refused}
    kept = [one for one in made if not one.refused]
    assert 0 < len(refused) < OBJECTS / 50

    here.run("inventory", ends=3)
    here.run("copy", ends=3)
    assert f"{len(kept) + 1} copied" in here.last
    found = here.run("verify", ends=3)
    assert here.said(found, "migrate-proof") == {}
    assert here.said(found, "migrate-extra") == {}
    named = here.said(found, "migrate-object")
    assert named.keys() == {f"{name[:249]}…" for name in refused}
    assert all("bytes, the target allows 1024" in why for why in named.values())

    _same(_listed(here), kept)
    whole = hashlib.sha256()
    for block in _blocks(LARGEST_MIB):
        whole.update(block)
    base = sqlite3.connect(here.ledger)
    assert base.execute("SELECT sha256 FROM objects WHERE name = ?", (LARGEST,)).fetchone() == (
        whole.hexdigest(),
    )
    assert dict(base.execute("SELECT state, count(*) FROM objects GROUP BY state")) == {
        "proven": len(kept) + 1,
        "refused": len(refused),
    }
    (missing,) = base.execute("SELECT count(*) FROM objects WHERE md5 IS NULL").fetchone()
    assert missing >= sum(one.staged for one in made)
    here.run("certify", "--with-refused")
    assert here.last.startswith(f"{len(kept) + 1} objects certified")

    here.run("inventory", ends=3)
    here.run("copy", ends=3)
    assert "0 copied (0 bytes written), 0 compared" in here.last


def _same(listed: dict[str, tuple[int, str]], kept: list[Made]) -> None:
    """Names and sizes of all, and MD5 of each that is no manifest: not by the code under test."""
    assert listed.keys() == {one.name for one in kept} | {LARGEST}
    for one in kept:
        size, md5 = listed[one.name]
        assert size == len(one.content), one.name
        if size <= 1 << 16:
            assert md5 == hashlib.md5(one.content, usedforsecurity=False).hexdigest(), one.name
