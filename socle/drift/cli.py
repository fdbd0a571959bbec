"""`socle drift` compares, `credential` makes one to read with; stored reports are read in `stored_cli`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from socle.check import show, write
from socle.drift import allowed, judge, stored_cli
from socle.drift import credential as reader
from socle.drift.busy import Watch
from socle.drift.chain import Chain
from socle.drift.plan import plan
from socle.drift.report import Report, stored
from socle.drift.report_files import FILES, text, write_all
from socle.drift.scan import Pair, Scan
from socle.drift.telling import TRIAL, telling, told, trial
from socle.env import prepare
from socle.errors import UserError
from socle.notify.messenger import Messenger
from socle.options import CloudName, help_with
from socle.records.render import Format

app = typer.Typer(
    invoke_without_command=True,
    help=help_with(
        "What is not as declared, and what could not be read. Changes nothing.",
        "socle drift",
        "socle drift --only cloud --format sarif --output drift.sarif",
        "socle drift --wait 1800             # at most half an hour, until nobody works on the stacks",
        "socle drift --reports public        # the report in every format",
        "socle drift --plan                  # the next command for each finding",
        "socle drift diff                    # the last two nights beside each other",
        "socle drift verify                  # the stored reports: signed, whole, none missing",
        "socle drift acknowledge 41 --as LOGIN --reason WHY   # a missing night: it stays, answered for",
        "socle drift --notify notify.yaml    # webhooks and mail; `socle drift notify` tries them",
        note="Exit codes: 0 all as declared, 2 bad input, 3 findings, 4 something unproven; 1 when all is as "
        "declared and somebody who is to be told of it (--notify) could not be.",
    ),
)
KEEP = 400
"""Reports kept: a year of nights and a month."""


@app.callback()
def drift(
    *,
    context: typer.Context,
    cloud: CloudName,
    env: Annotated[
        str, typer.Option("--env", help="The environment; what the cloud carries if not said.")
    ] = "",
    only: Annotated[
        str, typer.Option(help="Pairs to compare, with commas between: code, refresh, cloud, hosts.")
    ] = "code,refresh,cloud,hosts",
    form: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    reports: Annotated[
        Path | None, typer.Option(help=f"Write {', '.join(FILES.values())} into this folder.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of titles: en or fr.")] = "en",
    notify: Annotated[
        Path | None, typer.Option(help="Tell those whom this file names, see docs/en/drift.md.")
    ] = None,
    commands: Annotated[bool, typer.Option("--plan", help="Print the next commands, grouped.")] = False,
    wait: Annotated[
        int, typer.Option(help="Seconds to wait, in all, until nobody works on the stacks.", min=0)
    ] = 0,
    keep: Annotated[int, typer.Option(help="Stored reports to keep.", min=2)] = KEEP,
) -> None:
    """Compare, unless another verb follows."""
    context.obj = (cloud, env)
    if context.invoked_subcommand is not None:
        return
    if lang not in ("en", "fr"):
        raise UserError(f"no such language: {lang}", "--lang", "use en or fr")
    for folder in (output and output.parent, reports):
        if folder and not folder.is_dir():
            raise UserError("no such folder", str(folder), "make it first")
    pairs = _pairs(only)
    messenger = Messenger.of(notify) if notify else None
    with telling(messenger, env or cloud):
        report, requests, file = _scan(cloud, env, pairs, keep, wait)
    code, records = told(messenger, report), report.night.records
    if reports:
        write_all(report, reports, lang)
    if commands:
        print(plan(records), end="")
    elif form is Format.HTML:
        write(text(report, form, lang), output, records.summary())
    else:
        show(records, form, output, lang)
        if output or form is Format.TABLE:
            print(f"{judge.counted(requests)}; kept and signed: {file}")
        if report.missing:
            print(report.missing, file=sys.stderr)
    raise typer.Exit(code)


def _scan(
    cloud: str, env: str, pairs: list[Pair], keep: int, wait: int
) -> tuple[Report, Mapping[str, int], Path]:
    """Scan, keep the report, and read it back beside the night before."""
    environment = prepare(cloud, pulumi=True, name=env)
    table = allowed.load(environment.name)
    scan = Scan(
        environment,
        table,
        reader.reading(environment),
        reader.identity_of(environment),
        not reader.can_write(environment),
        Watch(environment, wait, lambda text: print(text, file=sys.stderr)),
    )
    records = scan.run(pairs)
    said = {"pairs": [str(pair) for pair in pairs], "requests": dict(scan.requests)}
    chain = Chain.of(environment)
    file = chain.add(records, said, keep)
    return stored(chain), scan.requests, file


def _pairs(text: str) -> list[Pair]:
    known = ", ".join(Pair)
    try:
        found = [Pair(part.strip()) for part in text.split(",")]
    except ValueError:
        raise UserError(f"no such pair in {text!r}", "--only", f"choose among {known}") from None
    return list(dict.fromkeys(found))


app.command(name="notify", help=TRIAL)(trial)
app.command(name="report", help=stored_cli.REPORT)(stored_cli.report)
app.command(name="diff", help=stored_cli.DIFF)(stored_cli.diff)
app.command(name="verify", help=stored_cli.VERIFY)(stored_cli.verify)
app.command(name="acknowledge", help=stored_cli.ACKNOWLEDGE)(stored_cli.acknowledge)


@app.command(
    help=help_with(
        "Make the credential that a scan reads with: GET and HEAD of lists, no payload of a secret.",
        "socle drift credential",
        note="It lives 90 days; said again, it makes a new one and revokes the old. Needs project_manager.",
    )
)
def credential(context: typer.Context) -> None:
    """Make the credential to read with."""
    cloud, env = context.obj
    file = reader.make(prepare(cloud, name=env))
    print(f"made, and the one before revoked: {file}")
