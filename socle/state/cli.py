"""`socle state use | move | lock | unlock | scan | serve`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from socle.check import show
from socle.env import Environment, describe, prepare
from socle.errors import ExitCode, UserError
from socle.identity import make_folder
from socle.options import CloudName, help_with
from socle.paths import state
from socle.records import RecordSet
from socle.records.render import Format
from socle.state.store import Store, open_store

app = typer.Typer(
    no_args_is_help=True,
    help="Pulumi's state for a team: in PostgreSQL, moved there, its locks, what is in clear in it.",
)
Url = Annotated[str, typer.Argument(metavar="URL", help="postgres://USER@HOST:PORT/DATABASE?…, no password.")]
Elsewhere = Annotated[
    str | None,
    typer.Option("--state", help="Another backend than the environment's: postgres:// or file://."),
]


def _store(environment: Environment, elsewhere: str | None) -> Store:
    if elsewhere:
        return open_store(elsewhere, "--state")
    return open_store(environment.variables["PULUMI_BACKEND_URL"])


@app.command(
    help=help_with(
        "Keep the environment's state in PostgreSQL from now on; the server and the role are checked first.",
        "socle state use 'postgres://hdh@db:5432/hdh?sslmode=verify-full&sslrootcert=/etc/hdh/ca.pem"
        "&passfile=/etc/hdh/pgpass'",
        note="An environment that has stacks already is moved: socle state move.",
    )
)
def use(cloud: CloudName, url: Url) -> None:
    """Keep the environment's state in PostgreSQL from now on."""
    from socle.state.use import use as begin

    environment = prepare(cloud)
    begin(environment, url)
    print(f"the state of {cloud} lies in {_store(describe(cloud), None).name}; open a new `socle shell`")


@app.command(
    help=help_with(
        "Move every stack of the environment to PostgreSQL, compare them, and keep the old folder.",
        "socle state move URL",
        note="Secrets stay encrypted under the same passphrase. Killed, it goes on when run again.",
    )
)
def move(cloud: CloudName, url: Url) -> None:
    """Move every stack of the environment to PostgreSQL."""
    from socle.local.progress import reporter
    from socle.local.run import Step, run_steps
    from socle.state.move import Move
    from socle.state.use import check

    environment = prepare(cloud, pulumi=True)
    address = check(url)
    step = Step("move", "Move the stacks to PostgreSQL", lambda context: Move(context, address).run())
    run_steps((step,), environment, reporter(), f"socle state move --cloud {cloud} URL")


@app.command(
    help=help_with(
        "Who holds the locks of stacks, from where, since when; exit code 3 when there is one.",
        "socle state lock",
        "socle state lock local-platform",
    )
)
def lock(
    cloud: CloudName,
    stack: Annotated[str, typer.Argument(help="This stack only.")] = "",
    elsewhere: Elsewhere = None,
) -> None:
    """Who holds the locks of stacks."""
    from socle.state.locks import held
    from socle.state.unlock import since

    found = held(_store(describe(cloud), elsewhere), stack)
    grid = Grid(box=None, pad_edge=False)
    for column in ("stack", "user", "host", "process", "since", "holder"):
        grid.add_column(column, overflow="fold")
    for it in found:
        state_of = "at work" if it.alive else "gone" if it.here else "on another machine"
        grid.add_row(it.stack, it.user, it.host, str(it.pid), since(it), state_of)
    if found:
        Console(width=None if sys.stdout.isatty() else 140).print(grid)
    else:
        print(f"{stack or 'no stack'} is {'not ' if stack else ''}locked")
    raise typer.Exit(ExitCode.FINDINGS if found else ExitCode.HOLDS)


@app.command(
    help=help_with(
        "Take away the lock of a pulumi that was killed, and say what it left begun.",
        "socle state unlock local-platform",
        "socle state unlock local-platform --holder anna@desk-3:4711   # looked at: that process is gone",
        note="Refused while the holder is at work here, or elsewhere and nobody vouches that it is gone.",
    )
)
def unlock(
    cloud: CloudName,
    stack: Annotated[str, typer.Argument(help="The stack.")],
    holder: Annotated[str, typer.Option(help="USER@HOST:PID whose lock goes whatever it does.")] = "",
    elsewhere: Elsewhere = None,
) -> None:
    """Take away the lock of a pulumi that was killed."""
    from socle.state.backend import at, export, pending, stacks
    from socle.state.unlock import unlock as release

    environment = prepare(cloud)
    store = _store(environment, elsewhere)
    known = {found.name: found for found in stacks(store)}
    if stack not in known:
        raise UserError(
            f"no stack of this name in {store.name}", stack, f"there are {', '.join(known) or 'none'}"
        )
    if not release(store, stack, holder):
        return
    left = export(at(environment, elsewhere) if elsewhere else environment, known[stack]) or {}
    begun = pending(left)
    print(f"{len(begun)} operations were begun and not ended" + "".join(f"\n  {it}" for it in begun))
    print(
        f"next: python -m infra.leftovers --stack {stack}, then pulumi up --stack {stack}"
        if begun
        else f"next: pulumi up --stack {stack}"
    )


@app.command(
    help=help_with(
        "Look for secrets in clear: state, history, logs, process list. Values come on standard input.",
        "socle state scan < secrets.txt          # a value a line; the passphrase is looked for anyway",
        "pg_dump … > dump.sql; socle state scan --file dump.sql < secrets.txt",
        note="Exit codes: 0 found nowhere, 3 found, 4 something could not be read, 2 bad input.",
    )
)
def scan(
    cloud: CloudName,
    file: Annotated[
        list[Path] | None, typer.Option(help="Look in this file or folder too; repeatable.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TABLE,
    elsewhere: Elsewhere = None,
) -> None:
    """Look for secrets in clear."""
    from socle.state.known import needles
    from socle.state.scan import scan as look

    environment = describe(cloud)
    if missing := [path for path in file or () if not path.exists()]:
        raise UserError("no such file or folder", str(missing[0]), "name one that is there")
    given = [] if sys.stdin.isatty() else sys.stdin.read().splitlines()
    records = look(_store(environment, elsewhere), environment, needles(environment, given), file or ())
    found = RecordSet.of(records)
    show(found, form, None, "en")
    raise typer.Exit(found.exit_code())


@app.command(
    help=help_with(
        "Run a PostgreSQL on this machine to try it all: loopback, TLS, own data folder. Ctrl-C ends it.",
        "socle state serve",
        "socle state serve --folder /var/tmp/trial --port 5433",
        note="For trying only: docs/en/state.md says what a team's server must have.",
    )
)
def serve(
    folder: Annotated[Path | None, typer.Option(help="Where its data lies; kept when it ends.")] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, show_default="that of the last time, else a free one")
    ] = 0,
) -> None:
    """Run a PostgreSQL on this machine to try it all."""
    from socle.local.run import signals_as_interrupt
    from socle.state.server import Server

    server = Server((folder or make_folder(state()) / "trial-postgresql").absolute())
    try:
        with signals_as_interrupt(), server.running(port) as running:
            print(f"PULUMI_BACKEND_URL={running.url}", flush=True)
            print(f"serving; Ctrl-C ends it, data stays in {server.folder}", file=sys.stderr, flush=True)
            running.wait()
    except KeyboardInterrupt:
        print("ended", file=sys.stderr)
