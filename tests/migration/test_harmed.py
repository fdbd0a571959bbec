"""Whatever harms the target, the source or the ledger is named, and mended by the same verbs."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from socle.paths import ROOT
from tests.migration.desk import Desk
from tests.migration.harms import flip_on_disk, rewrite


def test_every_harm_at_the_target_is_named_and_mended(desk: Callable[..., Desk]) -> None:
    here = desk(buffer_mib=1 / 16, segment_mib=1 / 8)
    for name in (
        "flipped",
        "rewritten",
        "truncated",
        "swapped-1",
        "swapped-2",
        "removed",
        "relabelled",
        "fine",
    ):
        here.upload(name, f"content of {name} in {here.target}".encode())
    here.upload("large", os.urandom(300_000))
    here.run("inventory")
    here.run("copy")
    here.run("verify")
    flip_on_disk(here, f"content of flipped in {here.target}".encode())
    rewrite(here, "rewritten", f"Content of rewritten in {here.target}".encode())
    rewrite(here, "truncated", b"content of")
    first, second = (here.store.get(here.path(name)).content for name in ("swapped-1", "swapped-2"))
    rewrite(here, "swapped-1", second)
    rewrite(here, "swapped-2", first)
    assert here.store.delete(here.path("removed")).status_code == 204
    assert here.store.post(here.path("relabelled"), headers={"X-Object-Meta-Other": "1"}).status_code == 202
    assert here.store.put(here.path("stranger"), data=b"?").status_code == 201
    segment = sorted(here.names(f"{here.target}_segments"))[1]
    assert here.store.delete(here.path(segment, f"{here.target}_segments")).status_code == 204
    found = here.run("verify", ends=3)
    named = here.said(found, "migrate-proof")
    assert set(named) == {
        "flipped", "rewritten", "truncated", "swapped-1", "swapped-2", "removed", "relabelled", "large",
    }  # fmt: skip
    assert all("SHA-256" in named[name] for name in ("flipped", "rewritten", "swapped-1", "swapped-2"))
    assert "10 bytes instead of" in named["truncated"]
    assert "is not there" in named["removed"]
    assert "these differ" in named["relabelled"]
    assert here.said(found, "migrate-extra") == {"stranger": "1 bytes: no object of the source"}
    here.run("certify", ends=4)
    here.run("copy")
    assert "8 copied" in here.last
    here.run("verify", ends=3)
    here.store.delete(here.path("stranger"))
    here.run("verify")
    here.run("certify")


def test_what_changes_at_the_source_is_seen_and_followed(desk: Callable[..., Desk]) -> None:
    here = desk()
    for name in ("changed", "deleted", "stays"):
        here.upload(name, b"first")
    here.run("inventory")
    here.upload("changed", b"other")
    here.source.delete_blob("deleted")
    named = here.said(here.run("copy", ends=4), "migrate-object")
    assert set(named) == {"changed", "deleted"}
    assert set(named.values()) == {"changed or removed at the source since it was listed"}
    here.run("inventory")
    here.run("copy")
    here.run("verify")
    assert here.store.get(here.path("changed")).content == b"other"
    here.source.delete_blob("stays")
    here.run("inventory")
    extra = here.said(here.run("verify", ends=3), "migrate-extra")
    assert extra == {"stays": "5 bytes: deleted or refused at the source since"}


def _wait_for(desk: Desk, count: int, process: subprocess.Popen[bytes]) -> int:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        base = sqlite3.connect(f"file:{desk.ledger}?mode=ro", uri=True)
        done = base.execute("SELECT count(*) FROM objects WHERE state = 'copied'").fetchone()[0]
        base.close()
        if done >= count:
            return int(done)
        time.sleep(0.02)
    raise AssertionError("the copy ended before it was killed")


def test_a_copy_killed_in_the_middle_goes_on_without_copying_again(desk: Callable[..., Desk]) -> None:
    here = desk(workers=2)
    names = [f"{n:03}" for n in range(120)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: here.upload(name, name.encode() * 50), names))
    here.run("inventory")
    with subprocess.Popen(
        here.argv("copy"), cwd=ROOT, env=here.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as copying:
        _wait_for(here, 20, copying)
        copying.send_signal(signal.SIGKILL)
    base = sqlite3.connect(here.ledger)
    before = base.execute("SELECT count(*) FROM objects WHERE state = 'copied'").fetchone()[0]
    assert 20 <= before < 120
    here.run("copy")
    assert f"{120 - before} copied" in here.last
    here.run("verify")
    per_object = "SELECT max(n) FROM (SELECT count(*) AS n FROM events WHERE what = 'copied' GROUP BY object)"
    assert base.execute(per_object).fetchone() == (1,)
    here.run("certify")


def test_a_lost_or_torn_ledger_is_said_and_nothing_is_written_twice(desk: Callable[..., Desk]) -> None:
    here = desk(buffer_mib=1 / 16, segment_mib=1 / 8)
    for name in ("a", "b", "harmed"):
        here.upload(name, name.encode() * 100)
    here.upload("large", b"l" * 300_000)
    here.run("inventory")
    here.run("copy")
    _tear(here.ledger)
    here.run("copy", ends=1)
    assert "the ledger is damaged" in here.last or "is no ledger" in here.last
    for file in here.ledger.parent.glob("ledger.sqlite*"):
        file.unlink()
    here.run("copy", ends=1)
    assert "there is no ledger" in here.last
    rewrite(here, "harmed", b"H" * 600)
    here.run("inventory")
    here.run("copy")
    assert "1 copied (600 bytes written), 3 compared with what stood there" in here.last
    here.run("verify", ends=0)
    here.run("certify")


def _tear(ledger: Path) -> None:
    base = sqlite3.connect(ledger)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    size = ledger.stat().st_size
    with ledger.open("r+b") as stream:
        stream.seek(4096)
        stream.write(os.urandom(size - 4096))
