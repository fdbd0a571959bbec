"""Records in files: JSON Lines while a run goes on (one record a line, appended), JSON for a whole set."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from socle.errors import UserError
from socle.records.model import Record
from socle.records.recordset import RecordSet


def to_line(record: Record) -> str:
    """The record as one JSON line, without the newline; absent values are left out."""
    return json.dumps(record.model_dump(mode="json", exclude_none=True), ensure_ascii=False)


def append(path: Path, record: Record) -> None:
    """Add one record to a JSON Lines file. Safe for several processes at once: locked, one write."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        line = memoryview((to_line(record) + "\n").encode())
        while line:
            line = line[os.write(descriptor, line) :]
    finally:
        os.close(descriptor)


def write_lines(path: Path, records: Iterable[Record]) -> None:
    """Write a JSON Lines file anew, in one step."""
    _replace(path, "".join(to_line(r) + "\n" for r in records))


def read_lines(path: Path) -> RecordSet:
    """Read a JSON Lines file; raises UserError naming file and line for what is not a record."""
    records = []
    for number, line in enumerate(_read(path).split("\n"), start=1):
        if line.strip():
            records.append(_parse(line, f"{path}:{number}"))
    return RecordSet.of(records)


def to_json(records: RecordSet) -> str:
    """The set as one JSON document: format, counts, exit code, records."""
    document = {
        "format": "socle-records/1",
        "counts": {str(v): n for v, n in records.counts().items()},
        "exit_code": int(records.exit_code()),
        "records": [r.model_dump(mode="json", exclude_none=True) for r in records],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def write_json(path: Path, records: RecordSet) -> None:
    """Write `to_json` to a file, in one step."""
    _replace(path, to_json(records))


def read_json(path: Path) -> RecordSet:
    """Read a JSON document; counts and exit code are derived anew, never believed. Raises UserError."""
    try:
        document = json.loads(_read(path))
    except ValueError as error:
        raise UserError(f"not JSON ({error})", str(path), "write it again with --format json") from None
    return from_document(document, str(path))


def from_document(document: Any, where: str) -> RecordSet:
    """What `to_json` wrote, parsed as JSON; `where` names it in a UserError."""
    if not isinstance(document, dict) or document.get("format") != "socle-records/1":
        raise UserError("not a set of records of format socle-records/1", where, "see docs/en/results.md")
    entries = document.get("records")
    if not isinstance(entries, list):
        raise UserError("no list `records`", where, "see docs/en/results.md")
    return RecordSet.of(_parse(json.dumps(e), f"{where}: record {n}") for n, e in enumerate(entries, start=1))


def _parse(text: str, where: str) -> Record:
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "record"
        raise UserError(
            f"not a record: {field}: {first['msg']}",
            where,
            "it was cut off or edited; run the check again",
        ) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError("no such file", str(path), "run the check that writes it") from None
    except UnicodeDecodeError:
        raise UserError("not UTF-8 text", str(path), "run the check that writes it again") from None


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")  # two runs may write at once
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
