"""The command line: `python -m localcloud up|down|status|wipe|lose-zone [--name NAME]`."""

import json
import re
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from localcloud import cloud as verbs
from localcloud import loss, zones
from localcloud import status as reports
from localcloud.errors import CloudError, UsageError

app = typer.Typer(
    help="A real OpenStack on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Name = Annotated[str, typer.Option("--name", help="Name of the cloud; two can stand side by side.")]


def _say(line: str) -> None:
    print(line, flush=True)


def _valid(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
        raise UsageError(f"--name {name}: use up to 20 lower-case letters, digits and dashes")
    return name


def _zone_number(option: str, text: str) -> int:
    choices = [str(number + 1) for number in range(len(zones.NAMES))]
    if text not in choices:
        raise UsageError(f"{option} {text}: use {' or '.join(choices)}")
    return int(text)


def _help(what: str, *examples: str) -> str:
    # \b keeps the lines as they are
    return f"{what}\n\n\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)


@app.command(
    help=_help(
        "Start the cloud; says what happens. A cloud that is up is verified.",
        "localcloud up                            # one hypervisor, in zone nova",
        "localcloud up --zones 2                  # a second one in az2, now or later",
        "localcloud up --name other --zones 2     # another cloud beside it",
    )
)
def up(
    name: Name = "local",
    count: Annotated[
        str | None,
        typer.Option(
            "--zones",
            metavar="1|2",
            help="Availability zones, each with a hypervisor of its own.",
            show_default="what the cloud has, else 1",
        ),
    ] = None,
) -> None:
    """Start the cloud."""
    verbs.up(_valid(name), _say, None if count is None else _zone_number("--zones", count))


@app.command()
def down(
    name: Name = "local", now: Annotated[bool, typer.Option(help="Do not wait for guests.")] = False
) -> None:
    """End all processes, namespaces and mounts; the state stays for the next `up`."""
    found = verbs.find(_valid(name))
    if not found:
        _say(f"cloud {name} is not there: nothing to do")
        return
    verbs.down(found, _say, gently=not now)


@app.command(
    "lose-zone",
    help=_help(
        "Kill all that runs in a zone, guests too, as a power cut would; `up` brings it back.",
        "localcloud lose-zone 2 --name local",
    ),
)
def lose_zone(
    zone: Annotated[str, typer.Argument(metavar="ZONE", help="The zone's number.")], name: Name = "local"
) -> None:
    """Lose a zone."""
    number = _zone_number("lose-zone", zone)
    found = verbs.find(_valid(name))
    if not found:
        raise UsageError(f"cloud {name} is not there: `localcloud up --name {name} --zones 2` makes it")
    loss.lose(found, number, _say)


@app.command()
def wipe(name: Name = "local") -> None:
    """End the cloud and remove everything it has stored."""
    verbs.wipe(_valid(name), _say)


@app.command()
def status(name: Name = "local", as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """What runs; exit code 1 when anything is not ready."""
    found = verbs.find(_valid(name))
    rows = reports.overview(found) if found else []
    if as_json:
        _say(json.dumps({"name": name, "exists": bool(found), "processes": rows}, indent=1))
    elif not found:
        _say(f"cloud {name} is not there: `localcloud up --name {name}` makes it")
    else:
        table = Table("service", "process", "pid", "ready", "MiB", "log", title=f"cloud {name}")
        for row in rows:
            table.add_row(
                row["service"],
                row["name"],
                str(row["pid"] or "-"),
                "yes" if row["ready"] else "no",
                str(row["memory_mib"]),
                row["log"],
            )
        Console(width=None if sys.stdout.isatty() else 160).print(table)
    if not rows or not all(row["ready"] for row in rows):
        raise typer.Exit(1)


def main() -> None:
    """Entry point: a person's error is one line a problem, never a traceback."""
    try:
        app()
    except CloudError as error:
        for line in str(error).splitlines():
            print(f"localcloud: {line}", file=sys.stderr)
        sys.exit(error.code)
    except KeyboardInterrupt:
        print("localcloud: interrupted; the same command goes on from here", file=sys.stderr)
        sys.exit(130)
