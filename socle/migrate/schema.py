"""The ledger's file: opened only when it is whole, made when there is none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from socle.errors import FailureError
from socle.identity import make_folder

APPLICATION = 0x536F6D67  # "Somg", so that no other database is taken for a ledger
VERSION = 1
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE partitions (
  pass INTEGER NOT NULL, prefix TEXT NOT NULL, shape TEXT NOT NULL CHECK (shape IN ('level', 'tree')),
  marker TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, found INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (pass, prefix, shape)
) STRICT, WITHOUT ROWID;
CREATE TABLE objects (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, snapshot TEXT NOT NULL, size INTEGER NOT NULL CHECK (size >= 0),
  etag TEXT NOT NULL, modified TEXT NOT NULL, md5 TEXT, type TEXT NOT NULL, tier TEXT NOT NULL,
  content TEXT NOT NULL, metadata TEXT NOT NULL, tags TEXT NOT NULL,
  target TEXT, mapped TEXT NOT NULL DEFAULT '', folded TEXT NOT NULL, seen INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('found', 'waiting', 'refused', 'copied', 'proven', 'gone')),
  reason TEXT NOT NULL DEFAULT '', sha256 TEXT, segments TEXT NOT NULL DEFAULT '[]',
  proof INTEGER NOT NULL DEFAULT 0, owner TEXT NOT NULL DEFAULT '', leased_until REAL NOT NULL DEFAULT 0,
  UNIQUE (name, snapshot),
  CHECK (state NOT IN ('copied', 'proven') OR (sha256 IS NOT NULL AND target IS NOT NULL))
) STRICT;
CREATE INDEX objects_by_state ON objects (state, leased_until);
CREATE INDEX objects_by_target ON objects (target);
CREATE INDEX objects_by_folded ON objects (folded, snapshot);
CREATE TABLE events (
  id INTEGER PRIMARY KEY, object INTEGER NOT NULL REFERENCES objects (id), at TEXT NOT NULL,
  what TEXT NOT NULL, detail TEXT NOT NULL, who TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_object ON events (object);
CREATE INDEX events_by_time ON events (at);
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'history is not changed'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'history is not removed'); END;
"""


def open_ledger(file: Path, *, make: bool = False) -> sqlite3.Connection:
    """A whole ledger of this version; raises FailureError that says what to do about one that is not."""
    if not file.exists() and not make:
        raise FailureError(
            "there is no ledger",
            str(file),
            "run `socle migrate inventory` first; what the target holds is compared, not copied again",
        )
    make_folder(file.parent)
    connection = sqlite3.connect(file, timeout=60, isolation_level=None)
    try:
        _prepare(connection, file)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _torn(file, str(error)) from None
    except FailureError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (application, version) == (0, 0) and not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        pragmas = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} {pragmas} COMMIT;")
        return
    if application != APPLICATION:
        raise FailureError("is no ledger of a migration", str(file), "move it away")
    if version != VERSION:
        raise FailureError(
            f"is of version {version}, this socle writes {VERSION}", str(file), "use the socle that wrote it"
        )
    said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise _torn(file, said)


def _torn(file: Path, why: str) -> FailureError:
    return FailureError(
        f"the ledger is damaged ({why})",
        str(file),
        "keep it aside with its -wal, then run `socle migrate inventory` and `copy`: "
        "what the target holds is read again at the source, and not copied again where both agree",
    )
