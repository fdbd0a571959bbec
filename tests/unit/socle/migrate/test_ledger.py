"""The ledger: history stays, leases end, and a file that is not whole is never opened."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from socle.errors import FailureError, UserError
from socle.migrate import job
from socle.migrate.ledger import DOUBTED, Ledger
from socle.migrate.states import Event, ImpossibleError, State

_INSERT = (
    "INSERT INTO objects (name, snapshot, size, etag, modified, type, tier, content, metadata, tags, target,"
    " folded, seen, state)"
    " VALUES (?, '', 3, 'e', 'm', 'BlockBlob', 'Hot', '{}', '{}', '{}', ?, ?, 1, 'found')"
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "ledger.sqlite", make=True)
    for name in ("a", "b", "c"):
        made.base.execute(_INSERT, (name, name, name))
    return made


def test_a_copy_without_a_hash_is_impossible(ledger: Ledger) -> None:
    with pytest.raises(sqlite3.IntegrityError), ledger.writing():
        ledger.tell(1, Event.COPIED)
    assert ledger.history(1) == []
    with pytest.raises(ImpossibleError):
        ledger.tell(1, Event.PROVEN)


def test_history_is_neither_changed_nor_removed(ledger: Ledger) -> None:
    ledger.tell(1, Event.COPIED, sha256="0", why="")
    for statement in ("UPDATE events SET what = 'x'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="history"):
            ledger.base.execute(statement)
    assert ledger.history(1) == [("copied", "")]


def test_what_is_leased_is_nobody_elses_until_its_time_is_over(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "ledger.sqlite")
    assert [item.name for item in ledger.lease((State.FOUND,), 2)] == ["a", "b"]
    assert [item.name for item in other.lease((State.FOUND,), 9)] == ["c"]
    ledger.base.execute("UPDATE objects SET leased_until = 1 WHERE name = 'a'")
    assert [item.name for item in other.lease((State.FOUND,), 9)] == ["a"]
    assert ledger.tell(1, Event.COPIED, mine=True, sha256="0") is False
    assert other.tell(1, Event.COPIED, mine=True, sha256="0") is True
    ledger.release([2])
    assert [item.name for item in other.lease((State.FOUND,), 9)] == ["b"]


def _copied_and_then_impossible(ledger: Ledger) -> None:
    ledger.tell(1, Event.COPIED, sha256="0")
    ledger.tell(2, Event.PROVEN)


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(ImpossibleError), ledger.writing():
        _copied_and_then_impossible(ledger)
    assert ledger.counts()[State.FOUND] == (3, 9)
    assert ledger.history(1) == []


def test_no_ledger_and_another_database_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FailureError, match="there is no ledger"):
        Ledger(tmp_path / "none.sqlite")
    sqlite3.connect(tmp_path / "other.sqlite").executescript("CREATE TABLE t (x); PRAGMA user_version = 1;")
    with pytest.raises(FailureError, match="is no ledger of a migration"):
        Ledger(tmp_path / "other.sqlite")


@pytest.mark.parametrize("where", [0, 4096, 8192])
def test_a_torn_ledger_is_not_opened(ledger: Ledger, tmp_path: Path, where: int) -> None:
    ledger.base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.base.close()
    file = tmp_path / "ledger.sqlite"
    content = bytearray(file.read_bytes())
    content[where : where + 4096] = b"\xa5" * 4096
    file.write_bytes(content)
    with pytest.raises(FailureError, match="keep it aside"):
        Ledger(file)


def _file(folder: Path, text: str) -> Path:
    file = folder / "m.yaml"
    file.write_text(text)
    return file


def test_a_migrations_file_is_refused_by_its_field(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"target: Field required"):
        job.load(_file(tmp_path, "{name: a, source: {container: c, connection_file: f}}"))
    with pytest.raises(UserError, match="No such file"):
        job.load(tmp_path / "none.yaml")
    with pytest.raises(UserError, match="not YAML"):
        job.load(_file(tmp_path, "a: ["))


def test_a_credential_that_others_may_read_is_refused(tmp_path: Path) -> None:
    text = (
        "{name: a, source: {container: c, connection_file: f}, target: {container: c, cloud: w, reader: r}}"
    )
    made = job.load(_file(tmp_path, text))
    secret = tmp_path / "f"
    secret.write_text("s")
    secret.chmod(0o644)
    with pytest.raises(UserError, match="others may read"):
        job.connection(made)
    secret.chmod(0o600)
    assert job.connection(made) == "s"


_LEASES = """
import sys, time
from pathlib import Path
from socle.migrate.ledger import DOUBTED, Ledger
from socle.migrate.states import State
print(len(Ledger(Path(sys.argv[1])).lease((State.FOUND,), 2)), flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_held_needs_no_waiting_and_what_a_live_one_holds_does(
    ledger: Ledger, tmp_path: Path
) -> None:
    argv = [sys.executable, "-c", _LEASES, str(tmp_path / "ledger.sqlite")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"2\n"
        ledger.free_ended()
        assert [item.name for item in ledger.lease((State.FOUND,), 9)] == ["c"]
        other.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        ledger.free_ended()
        assert [item.name for item in ledger.lease((State.FOUND,), 9)] == ["a", "b"]


def test_what_the_verifier_doubted_is_known_as_such_until_it_is_copied(ledger: Ledger) -> None:
    ledger.tell(1, Event.COPIED, sha256="0")
    ledger.tell(1, Event.MISMATCH, sha256=None, proof=DOUBTED)
    assert [item.doubted for item in ledger.items()] == [True, False, False]
    ledger.tell(1, Event.COPIED, sha256="0", proof=0)
    assert not any(item.doubted for item in ledger.items())
