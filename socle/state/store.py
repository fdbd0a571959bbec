"""What a state backend holds, by key: a folder, or a table of PostgreSQL read with psql. Knows no meaning.

Pulumi keeps the same keys in both: `.pulumi/stacks/…`, `history/…`, `backups/…`, `locks/…`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from socle.errors import FailureError, UserError
from socle.identity import write_private
from socle.state.address import WHERE, Address, is_postgres, parse

PATIENCE = 60
"""Seconds for one question to the database."""


class Store(Protocol):
    """A backend's content."""

    @property
    def name(self) -> str:
        """What people call it."""

    def keys(self, prefix: str) -> list[str]:
        """Keys that start with `prefix`, which ends in a slash or is empty."""

    def blobs(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """The same keys and what they hold."""

    def digests(self, prefix: str) -> dict[str, str]:
        """The same keys, each with what changes when its content does."""

    def remove(self, key: str) -> bool:
        """Remove one; whether it was there."""

    def add(self, key: str, content: bytes) -> None:
        """Write one that is not there yet; one that is stays as it is."""


@dataclass(frozen=True)
class Folder:
    """A backend of the form `file://FOLDER`."""

    at: Path

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.at)

    def keys(self, prefix: str) -> list[str]:
        """Without `.attrs`, which is what Pulumi's library notes about a file."""
        found = (path for path in (self.at / prefix).rglob("*") if path.suffix != ".attrs" and path.is_file())
        return sorted(path.relative_to(self.at).as_posix() for path in found)

    def blobs(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """A file that goes while we look was not there."""
        for key in self.keys(prefix):
            with contextlib.suppress(FileNotFoundError):
                yield key, (self.at / key).read_bytes()

    def digests(self, prefix: str) -> dict[str, str]:
        """By SHA-256."""
        return {key: hashlib.sha256(content).hexdigest() for key, content in self.blobs(prefix)}

    def remove(self, key: str) -> bool:
        """Its `.attrs` goes too."""
        path = self.at / key
        there = path.exists()
        path.unlink(missing_ok=True)
        path.with_name(path.name + ".attrs").unlink(missing_ok=True)
        return there

    def add(self, key: str, content: bytes) -> None:
        """In a folder made when missing."""
        path = self.at / key
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_private(path, content)


@dataclass(frozen=True)
class Table:
    """A backend of the form `postgres://…`; Pulumi puts the database's name before every key."""

    address: Address

    @property
    def name(self) -> str:
        """The database, without parameters."""
        return self.address.short

    def keys(self, prefix: str) -> list[str]:
        """Nothing when Pulumi has not made its table yet."""
        return [key.removeprefix(self.address.prefix) for key in self._select("key", prefix)]

    def blobs(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Pulumi keeps the content in base64 within JSON."""
        for line in self._select("key, data->>'data'", prefix):
            key, _, data = line.partition("\t")
            try:
                yield key.removeprefix(self.address.prefix), base64.b64decode(data, validate=True)
            except binascii.Error:
                raise FailureError(f"{key} is not what Pulumi writes", self.name, "restore it") from None

    def digests(self, prefix: str) -> dict[str, str]:
        """Made by the database, so that no state has to travel."""
        lines = self._select("key, md5(data::text)", prefix)
        pairs = (line.rpartition("\t")[::2] for line in lines)
        return {key.removeprefix(self.address.prefix): digest for key, digest in pairs}

    def remove(self, key: str) -> bool:
        """One row."""
        key = literal(self.address.prefix + key)
        sql = f"DELETE FROM {self.address.table} WHERE key = {key} RETURNING key"  # noqa: S608
        return bool(self.ask(sql))

    def add(self, key: str, content: bytes) -> None:
        """The content passes through standard input, as Pulumi's own form of it."""
        data = json.dumps({"data": base64.b64encode(content).decode()})
        self.ask(
            f"INSERT INTO {self.address.table} (key, data) "  # noqa: S608
            f"VALUES ({literal(self.address.prefix + key)}, {literal(data)}) ON CONFLICT DO NOTHING"
        )

    @property
    def stands(self) -> bool:
        """Whether Pulumi has made its table."""
        return self.ask(f"SELECT to_regclass({literal(self.address.table)}) IS NOT NULL") == ["t"]

    def _select(self, columns: str, prefix: str) -> list[str]:
        if not self.stands:
            return []
        wanted = literal(self.address.prefix + prefix)
        sql = f"SELECT {columns} FROM {self.address.table} "  # noqa: S608 - the table's name is checked
        return self.ask(f"{sql} WHERE starts_with(key, {wanted}) ORDER BY key")

    def ask(self, sql: str) -> list[str]:
        """The answer's lines, columns separated by tabs. FailureError with psql's last words."""
        argv = ["psql", "-XqAtw", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.address.for_psql]
        variables = {"PGCONNECT_TIMEOUT": "10", **os.environ}
        try:
            done = subprocess.run(
                argv, input=sql, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except FileNotFoundError:
            raise FailureError("psql is not installed", self.name, "run `make deps`") from None
        except subprocess.TimeoutExpired:
            raise FailureError(f"no answer within {PATIENCE} s", self.name, "look at the server") from None
        if done.returncode:
            raise FailureError(reason(done.stderr), self.name, "see its message")
        return done.stdout.splitlines()


def literal(text: str) -> str:
    """`text` as a string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def reason(said: str) -> str:
    """The line of psql's message that says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["psql gave no reason"]
    telling = [line for line in lines if re.search(r"(?i)\b(error|fatal|failed|could not)\b", line)]
    return (telling or lines)[-1].removeprefix("psql: ")


def open_store(url: str, where: str = WHERE) -> Store:
    """The content of the backend at `url`. UserError when it is neither a folder nor PostgreSQL."""
    if url.startswith("file://"):
        return Folder(Path(url.removeprefix("file://").partition("?")[0]).expanduser())
    if is_postgres(url):
        return Table(parse(url, where=where))
    raise UserError(
        f"a state in {url.partition(':')[0]} is not read by this verb", where, "use file:// or postgres://"
    )
