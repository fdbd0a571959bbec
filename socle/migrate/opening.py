"""What all verbs of a migration share: arguments, the opened ledger, how a run tells, how a report ends."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from socle.check import show
from socle.errors import FailureError
from socle.migrate.job import Job
from socle.migrate.ledger import Ledger
from socle.records import RecordSet
from socle.records.render import Format

FileArgument = Annotated[
    Path, typer.Argument(help="The migration's file; docs/en/migration.md says what it holds.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="Format of the report.")]
OutputOption = Annotated[Path | None, typer.Option(help="Write the report to this file.")]
_REPORT_SECONDS = 10.0


@contextmanager
def opened(job: Job, *, make: bool = False) -> Iterator[Ledger]:
    """The migration's ledger; FailureError when it is not there, not whole, or has no room."""
    file = job.folder / "ledger.sqlite"
    try:
        with Ledger(file, make=make) as ledger:
            yield ledger
    except sqlite3.OperationalError as error:
        raise FailureError(
            f"the ledger: {error}", str(file), "free space or wait for its other user, run again"
        ) from None
    except sqlite3.DatabaseError as error:
        raise FailureError(
            f"the ledger is damaged ({error})",
            str(file),
            "keep it aside, then begin with `socle migrate inventory`",
        ) from None


class Reporter:
    """Says how far a long run is, now and then."""

    def __init__(self) -> None:
        """The first time after a while."""
        self._next = time.monotonic() + _REPORT_SECONDS

    def say(self, text: str) -> None:
        """On stderr, unless something was said just before."""
        if time.monotonic() >= self._next:
            print(text, file=sys.stderr, flush=True)
            self._next = time.monotonic() + _REPORT_SECONDS


def end(found: RecordSet, form: Format, output: Path | None) -> None:
    """Show the report and end with its code."""
    show(found, form, output, "en")
    raise typer.Exit(found.exit_code())
