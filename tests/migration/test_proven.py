"""Everything that a source can hold ends proven or refused by name, and a second run copies nothing."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from azure.storage.blob import BlobType, ContentSettings, StandardBlobTier

from socle.records import Verdict
from tests.migration.desk import Desk

ODD_NAMES = [
    "with space/a b",
    "accents/é-composé",
    "dots.",
    "ends/with/slash/",
    "twice//slashes",
    "marks ?#&+%20=@:;,'\"()[]",
    "日本語/資料.csv",
    "tilde~/under_score-",
    "back\\slash",
]
SNAPSHOTTED = "snapshotted"


def _fill(desk: Desk) -> int:
    """Blobs of every kind and many plain ones; how many of them can be copied."""
    made: dict[str, bytes] = {f"many/{n % 7}/{n:04}": bytes([n % 251]) * (n * 13 % 4096) for n in range(150)}
    made |= {name: name.encode() for name in ODD_NAMES}
    made |= {"empty": b"", "large": bytes(range(256)) * 3000, "exactly one buffer": b"b" * 65536}
    made |= {"twin/1": b"same content", "twin/2": b"same content"}
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda pair: desk.upload(*pair), made.items()))
    described = {"Mixed_Case": "Value", "_under": "a=b&c%20d", "long": "x" * 700}
    desk.upload("described", b"1", metadata=described, tags={"Base": "SNDS + co", "year": "2026"})
    packed = ContentSettings(content_type="text/csv", content_encoding="gzip", cache_control="no-store")
    desk.upload("packed", gzip.compress(b"a,b\n" * 100), content_settings=packed)
    desk.upload("says gzip and is not", b"plain", content_settings=ContentSettings(content_encoding="gzip"))
    desk.upload("appended", b"line\n" * 10, blob_type=BlobType.APPENDBLOB)
    desk.upload("paged", b"p" * 1024, blob_type=BlobType.PAGEBLOB)
    blob = desk.source.get_blob_client("no md5")
    blob.stage_block("1", b"staged")
    blob.commit_block_list(["1"])
    desk.upload(SNAPSHOTTED, b"before")
    desk.source.get_blob_client(SNAPSHOTTED).create_snapshot()
    desk.upload(SNAPSHOTTED, b"after")
    return len(made) + 8


def test_all_is_proven_or_refused_by_name_and_a_second_run_copies_nothing(desk: Callable[..., Desk]) -> None:
    here = desk(buffer_mib=1 / 16, segment_mib=1 / 8, partitions=6)
    count = _fill(here)
    too_long = "é" * 600
    here.upload(too_long, b"1")
    here.upload("norm/e\u0301", b"1")
    here.upload("norm/\u00e9", b"2")
    here.upload("too much said of it", b"1", metadata={f"key{n}": "x" * 700 for n in range(8)})
    here.upload("cold", b"rehydrate me")
    here.source.get_blob_client("cold").set_standard_blob_tier(StandardBlobTier.ARCHIVE)

    listed = here.said(here.run("inventory", ends=3), "migrate-object")
    assert "archive tier" in listed.pop("cold")
    assert "1200 bytes" in listed.pop(too_long[:249] + "…")
    assert set(listed) == {"norm/e\u0301", "norm/\u00e9"}
    assert all("NFC" in why for why in listed.values())
    copied = here.said(here.run("copy", ends=3), "migrate-object")
    assert "metadata of" in copied["too much said of it"]
    assert here.names() == {name for name in here.names() if not name.startswith("norm/")}
    assert len(here.names()) == count
    proven = here.run("verify", ends=3)
    assert here.said(proven, "migrate-proof") == {}
    assert here.said(proven, "migrate-extra") == {}
    here.run("certify", "--with-refused", ends=4)

    here.source.get_blob_client("cold").set_standard_blob_tier(StandardBlobTier.HOT)
    here.run("inventory", ends=3)
    here.run("copy", ends=3)
    assert "1 copied (12 bytes written), 0 compared" in here.last
    verified = here.run("verify", ends=3)
    assert [r.verdict for r in verified if r.check == "migrate-reader"] == [Verdict.PASS]
    here.run("certify", ends=3)
    here.run("certify", "--with-refused")
    assert here.last.startswith(f"{count + 1} objects certified")
    here.run("copy", ends=3)
    assert "0 copied (0 bytes written)" in here.last
    base = sqlite3.connect(here.ledger)
    states = dict(base.execute("SELECT state, count(*) FROM objects GROUP BY state"))
    assert states == {"proven": count + 1, "refused": 4}
    per_object = "SELECT max(n) FROM (SELECT count(*) AS n FROM events WHERE what = 'copied' GROUP BY object)"
    assert base.execute(per_object).fetchone() == (1,)


def test_what_the_target_holds_is_what_the_source_said(desk: Callable[..., Desk]) -> None:
    here = desk(buffer_mib=1 / 16, segment_mib=1 / 8)
    packed = gzip.compress(b"content")
    settings = ContentSettings(content_type="text/csv", content_encoding="gzip", content_disposition="inline")
    here.upload("a/b c", packed, content_settings=settings, metadata={"Key_One": "v & w"}, tags={"t": "1"})
    here.upload("large", b"0123456789abcdef" * 20_000)
    here.run("inventory")
    here.run("copy")
    got = here.store.get(here.path("a/b c"), headers={"Accept-Encoding": "identity"}, stream=True)
    assert got.raw.read(decode_content=False) == packed
    assert got.headers["content-type"] == "text/csv"
    assert got.headers["content-encoding"] == "gzip"
    assert got.headers["x-object-meta-source-metadata-00"] == "Key_One=v%20%26%20w"
    assert got.headers["x-object-meta-source-tags-00"] == "t=1"
    large = here.store.get(here.path("large"))
    assert large.content == b"0123456789abcdef" * 20_000
    assert large.headers["x-static-large-object"] == "True"
    assert len(here.names(f"{here.target}_segments")) == 3
