"""A cutover's record: a journal of acts, each line bearing the digest of the one before, beside the ledger.

Not in the ledger: which side counts must be known when that is lost.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from socle.admin import journal
from socle.admin.store import Store
from socle.errors import FailureError, FindingError
from socle.identity import make_folder
from socle.migrate.cutover.gates import Act, Gate, ImpossibleError, after, folded
from socle.migrate.job import Job


class Passage:
    """One migration's way through the gates."""

    def __init__(self, job: Job) -> None:
        """Read what was done; raises FindingError when the record is not as it was written."""
        self.folder = job.folder / "cutover"
        self.name = job.name
        self._store = Store(self.folder, job.name)
        self._load()

    def _load(self) -> None:
        try:
            if self._store.journal.exists():  # killed in the middle of a line: the act was not done yet
                with self._store.locked():
                    journal.mend(self._store)
            self.entries = journal.events(self._store)
            self.position = folded((Act(e["event"]), Gate(e["gate"])) for e in self.entries)
        except (FindingError, ImpossibleError, ValueError, KeyError) as error:
            what = error.what if isinstance(error, FindingError) else str(error)
            fix = "compare it with a copy; nothing is passed or undone meanwhile"
            raise FindingError(f"the cutover's record: {what}", str(self._store.journal), fix) from None

    def note(self, act: Act, gate: Gate, **said: Any) -> None:
        """Keep an act, on disk when this returns; raises ImpossibleError."""
        self.position = after(self.position, act, gate)
        with self._store.locked():
            entry = journal.append(self._store, str(act), gate=str(gate), **said)
        self.entries.append(entry)

    def said(self, act: Act, gate: Gate) -> dict[str, Any]:
        """What was noted with the last such act; empty when there was none."""
        return next((e for e in reversed(self.entries) if (e["event"], e["gate"]) == (act, gate)), {})

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else passes or undoes gates meanwhile; raises FailureError when somebody does."""
        make_folder(self.folder)
        with (self.folder / "running").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FailureError(
                    "another cutover or rollback of it is running", self.name, "wait for its end"
                ) from None
            self._load()
            yield

    def file(self, name: str) -> Path:
        """Where a document of the cutover lies."""
        return self.folder / name
