"""The journal of the people's authority: one line of JSON an event, only ever added to.

Each line bears the digest of the one before, so that a line changed or taken out is noticed when it is next
read. (Lines cut off at the end are not: `previous` of the last line, written down elsewhere, shows that.)
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from socle.admin.store import Store
from socle.errors import FindingError

Event = dict[str, Any]


def events(store: Store) -> list[Event]:
    """Every event, oldest first. Raises FindingError when a line is not what was written."""
    if not store.journal.exists():
        return []
    found: list[Event] = []
    previous = ""
    for number, line in enumerate(store.journal.read_text(encoding="utf-8").splitlines(), 1):
        try:
            event = json.loads(line)
            kept = event["previous"] == previous
        except (ValueError, KeyError, TypeError):
            kept = False
        if not kept:
            raise FindingError(
                f"line {number} or the one before it was changed",
                str(store.journal),
                "treat the authority as compromised: compare with a copy, then replace its key",
            )
        found.append(event)
        previous = _digest(line)
    return found


def mend(store: Store) -> None:
    """Set a last line aside that was cut off while it was written, and say so; the caller holds the lock."""
    written = store.journal.read_bytes() if store.journal.exists() else b""
    whole, end, rest = written.rpartition(b"\n")
    if not rest:
        return
    aside = store.journal.with_name("journal.cut")
    with aside.open("ab") as kept:
        kept.write(rest + b"\n")
    with store.journal.open("r+b") as stream:
        stream.truncate(len(whole) + len(end))
        os.fsync(stream.fileno())
    print(
        f"{store.journal}: its last line was cut off while it was written; set aside in {aside}",
        file=sys.stderr,
    )


def append(store: Store, event: str, **said: Any) -> Event:
    """Add an event and have it on disk; the caller holds the lock."""
    mend(store)
    events(store)  # never goes on from a journal that was changed
    lines = store.journal.read_text(encoding="utf-8").splitlines() if store.journal.exists() else []
    entry = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "event": event,
        **said,
        "previous": _digest(lines[-1]) if lines else "",
    }
    descriptor = os.open(store.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(entry, ensure_ascii=True) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return entry


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
