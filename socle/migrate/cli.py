"""`socle migrate`: inventory, copy, verify, certify, status of one migration's file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from socle.errors import UnprovenError
from socle.migrate import certify as certifying
from socle.migrate import copying, inventory, planning, progress, verifying
from socle.migrate import delta as deltas
from socle.migrate import job as jobs
from socle.migrate.bandwidth import MB
from socle.migrate.cutover import cli as cutovers
from socle.migrate.cutover import words
from socle.migrate.cutover.passage import Passage
from socle.migrate.meter import Meter
from socle.migrate.opening import FileArgument, FormatOption, OutputOption, Reporter, end, opened
from socle.migrate.states import State
from socle.options import help_with
from socle.records import RecordSet
from socle.records.render import Format

app = typer.Typer(
    no_args_is_help=True,
    help=help_with(
        "From Azure Blob Storage to Swift, proven object by object.",
        "socle migrate inventory registry.yaml   # lists the source into the ledger",
        "socle migrate plan registry.yaml --line 1250 --objects-per-second 200",
        "socle migrate copy registry.yaml        # what is copied already costs no byte",
        "socle migrate delta registry.yaml       # again later: what is new, changed or deleted",
        "socle migrate verify registry.yaml      # reads the target in full, with the reader's credential",
        "socle migrate certify registry.yaml     # signed; checked with ssh-keygen and sha256sum",
        "socle migrate status registry.yaml",
        "socle migrate cutover registry.yaml --preview",
        note="Exit codes: 0 holds, 1 own failure, 2 bad input, 3 refused or not the same, 4 not proven.",
    ),
)


app.add_typer(cutovers.app)


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
    with opened(job, make=True) as ledger:
        ledger.know("source", source.address)
        count = inventory.take(job, ledger, source, limits)
        print(f"{count} blobs and snapshots listed in {source.address}", file=sys.stderr)
        found = RecordSet.of([*copying.outstanding(ledger), inventory.listed(job, ledger)])
    end(found, form, output)


@app.command(name="plan")
def plan(
    file: FileArgument,
    line: Annotated[
        float | None, typer.Option(min=0.001, help="What the line bears, in MB/s, where no hour is limited.")
    ] = None,
    per_second: Annotated[
        float | None,
        typer.Option(
            "--objects-per-second",
            min=0.001,
            help="How many objects are brought in a second; the ledger's last ten minutes when left out.",
        ),
    ] = None,
    names: Annotated[int, typer.Option(min=0, help="How many names of each kind are shown.")] = 20,
) -> None:
    """What a copy would bring, and how long that takes; asks neither end.

    Exit codes: 3 names are refused, 4 something waits to be rehydrated, or is not listed.
    """
    job = jobs.load(file)
    with opened(job) as ledger:
        made = planning.plan(job, ledger, planning.Speeds(line and line * MB, per_second), names)
    print("\n".join(made.lines))
    raise typer.Exit(made.code)


@app.command(name="delta")
def take_delta(
    file: FileArgument,
    changes: Annotated[
        Path | None, typer.Option("--changes", help="Write each change to this file, a line of JSON each.")
    ] = None,
    remove_deleted: Annotated[
        bool, typer.Option("--remove-deleted", help="Remove copies of what was deleted at the source.")
    ] = False,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List the source again: what is new, changed or deleted; `copy` then brings it."""
    from socle.migrate.source import Source
    from socle.migrate.target import Target

    job = jobs.load(file)
    if remove_deleted:
        cutovers.still_source(job)
    with opened(job) as ledger:
        if not ledger.fact("listed"):
            raise UnprovenError("nothing was listed yet", job.name, "run `socle migrate inventory`")
        source = Source(job)
        source.check()
        target = Target(job.target.cloud, job.target.container)
        inventory.take(job, ledger, source, target.limits())
        if changes:
            deltas.write(ledger, changes)
        if remove_deleted:
            print(f"{deltas.remove(ledger, target)} copies removed from the target", file=sys.stderr)
        found = RecordSet.of([*copying.outstanding(ledger), deltas.summary(job, ledger)])
    end(found, form, output)


@app.command(name="copy")
def copy_objects(file: FileArgument, form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """Bring over what was found."""
    from socle.migrate.source import Source
    from socle.migrate.target import Target

    job = jobs.load(file)
    cutovers.still_source(job)
    with opened(job) as ledger:
        source = Source(job)
        source.check()
        reporter = Reporter()

        def told(tally: copying.Tally) -> None:
            left = ledger.counts()[State.FOUND][0]
            reporter.say(f"{tally.line()}; {left} left")

        done = copying.run(job, ledger, source, Target(job.target.cloud, job.target.container), told)
        print(done.line(), file=sys.stderr)
        found = copying.records(job, ledger)
    end(found, form, output)


@app.command(name="verify")
def verify(file: FileArgument, form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """Read the target again in full."""
    from socle.migrate.target import Target, require

    job = jobs.load(file)
    with opened(job) as ledger:
        reader = Target(job.target.reader, job.target.container, Meter(job.bandwidth))
        require(reader, job.target.container)
        reporter = Reporter()
        found = verifying.run(
            job, ledger, reader, lambda objects, size: reporter.say(f"{objects} objects, {size} bytes read")
        )
    end(found, form, output)


@app.command(name="certify")
def certify(
    file: FileArgument,
    with_refused: Annotated[
        bool, typer.Option("--with-refused", help="Though objects were refused by name.")
    ] = False,
) -> None:
    """Sign what is proven."""
    job = jobs.load(file)
    with opened(job) as ledger:
        issued = certifying.issue(job, ledger, with_refused=with_refused)
    print(f"{issued.objects} objects certified, Merkle root {issued.root}: {issued.folder}")


@app.command(name="status")
def status(file: FileArgument) -> None:
    """How far it is, and how long it takes."""
    job = jobs.load(file)
    with opened(job) as ledger:
        print("\n".join([*progress.lines(ledger), words.standing(Passage(job).position)]))
