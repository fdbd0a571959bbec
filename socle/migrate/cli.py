"""`socle migrate`: inventory, copy, verify, certify, status of one migration's file."""

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
from socle.migrate import certify as certifying
from socle.migrate import copying, inventory, progress, verifying
from socle.migrate import job as jobs
from socle.migrate.job import Job
from socle.migrate.ledger import Ledger
from socle.migrate.states import State
from socle.options import help_with
from socle.records import RecordSet
from socle.records.render import Format

app = typer.Typer(
    no_args_is_help=True,
    help=help_with(
        "From Azure Blob Storage to Swift, proven object by object.",
        "socle migrate inventory registry.yaml   # again later: what is new, changed or gone",
        "socle migrate copy registry.yaml        # what is copied already costs no byte",
        "socle migrate verify registry.yaml      # reads the target in full, with the reader's credential",
        "socle migrate certify registry.yaml     # signed; checked with ssh-keygen and sha256sum",
        "socle migrate status registry.yaml",
        note="Exit codes: 0 holds, 1 own failure, 2 bad input, 3 refused or not the same, 4 not proven.",
    ),
)
FileArgument = Annotated[
    Path, typer.Argument(help="The migration's file; docs/en/migration.md says what it holds.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="Format of the report.")]
OutputOption = Annotated[Path | None, typer.Option(help="Write the report to this file.")]
_REPORT_SECONDS = 10.0


@contextmanager
def _ledger(job: Job, *, make: bool = False) -> Iterator[Ledger]:
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


class _Reporter:
    """Says how far a long run is, now and then."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _REPORT_SECONDS

    def say(self, text: str) -> None:
        if time.monotonic() >= self._next:
            print(text, file=sys.stderr, flush=True)
            self._next = time.monotonic() + _REPORT_SECONDS


@app.command(name="inventory")
def take_inventory(
    file: FileArgument, form: FormatOption = Format.TABLE, output: OutputOption = None
) -> None:
    """List the source into the ledger."""
    from socle.migrate.source import Source
    from socle.migrate.target import Target

    job = jobs.load(file)
    source = Source(job)
    source.check()
    limits = Target(job.target.cloud, job.target.container).limits()
    with _ledger(job, make=True) as ledger:
        ledger.know("source", source.address)
        count = inventory.take(job, ledger, source, limits)
        print(f"{count} blobs and snapshots listed in {source.address}", file=sys.stderr)
        found = RecordSet.of([*copying.outstanding(ledger), inventory.listed(job, ledger)])
    _end(found, form, output)


@app.command(name="copy")
def copy_objects(file: FileArgument, form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """Bring over what was found."""
    from socle.migrate.source import Source
    from socle.migrate.target import Target

    job = jobs.load(file)
    with _ledger(job) as ledger:
        source = Source(job)
        source.check()
        reporter = _Reporter()

        def told(tally: copying.Tally) -> None:
            left = ledger.counts()[State.FOUND][0]
            reporter.say(f"{tally.line()}; {left} left")

        done = copying.run(job, ledger, source, Target(job.target.cloud, job.target.container), told)
        print(done.line(), file=sys.stderr)
        found = copying.records(job, ledger)
    _end(found, form, output)


@app.command(name="verify")
def verify(file: FileArgument, form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """Read the target again in full."""
    from socle.migrate.target import Target, require

    job = jobs.load(file)
    with _ledger(job) as ledger:
        reader = Target(job.target.reader, job.target.container)
        require(reader, job.target.container)
        reporter = _Reporter()
        found = verifying.run(
            job, ledger, reader, lambda objects, size: reporter.say(f"{objects} objects, {size} bytes read")
        )
    _end(found, form, output)


@app.command(name="certify")
def certify(
    file: FileArgument,
    with_refused: Annotated[
        bool, typer.Option("--with-refused", help="Though objects were refused by name.")
    ] = False,
) -> None:
    """Sign what is proven."""
    job = jobs.load(file)
    with _ledger(job) as ledger:
        issued = certifying.issue(job, ledger, with_refused=with_refused)
    print(f"{issued.objects} objects certified, Merkle root {issued.root}: {issued.folder}")


@app.command(name="status")
def status(file: FileArgument) -> None:
    """How far it is, and how long it takes."""
    job = jobs.load(file)
    with _ledger(job) as ledger:
        print("\n".join(progress.lines(ledger)))


def _end(found: RecordSet, form: Format, output: Path | None) -> None:
    show(found, form, output, "en")
    raise typer.Exit(found.exit_code())
