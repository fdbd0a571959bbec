"""`socle drift report`, `diff` and `verify` read stored reports; `acknowledge` answers for a gap in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socle.admin import people
from socle.check import show, write
from socle.drift import difference_show
from socle.drift.answering import answer
from socle.drift.chain import Chain
from socle.drift.report import between, stored
from socle.drift.report_files import text
from socle.drift.telling import told_of_chain
from socle.drift.verifying import verified
from socle.env import prepare
from socle.errors import UserError
from socle.notify.messenger import Messenger
from socle.options import help_with
from socle.records.render import Format

DIFF = help_with(
    "What changed between two stored reports: new, gone, still there and since when, no longer proven.",
    "socle drift diff                 # the newest beside the one before it",
    "socle drift diff 40              # the newest beside report 40",
    "socle drift diff 40 47 --format markdown",
    note="Exit codes: 0 no finding now, 2 no such report, 3 findings now, or a report does not hold, "
    "4 something is unproven, or there is nothing to compare.",
)


def diff(
    *,
    context: typer.Context,
    older: Annotated[int | None, typer.Argument(help="Number of the older report.", min=1)] = None,
    newer: Annotated[int | None, typer.Argument(help="Number of the newer report.", min=1)] = None,
    form: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    lang: Annotated[str, typer.Option(help="Language of titles: en or fr.")] = "en",
) -> None:
    """Compare two stored reports."""
    found = between(_chain(context, output, lang), older, newer)
    write(difference_show.text(found, form, lang), output, found.summary())
    raise typer.Exit(found.exit_code())


REPORT = help_with(
    "A stored report in any format, the newest where no number is said.",
    "socle drift report --format html --output drift.html",
    "socle drift report 40 --format markdown",
    note="Exit codes: those of the scan it is of; 2 no such report, 3 it does not hold.",
)


def report(
    *,
    context: typer.Context,
    number: Annotated[int | None, typer.Argument(help="Number of the report.", min=1)] = None,
    form: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    lang: Annotated[str, typer.Option(help="Language of titles: en or fr.")] = "en",
) -> None:
    """Render a stored report."""
    chain = _chain(context, output, lang)
    found = stored(chain, number)
    write(text(found, form, lang), output, found.night.records.summary())
    raise typer.Exit(found.night.records.exit_code())


VERIFY = help_with(
    "Judge the stored reports: none changed, removed, replayed or missing.",
    "socle drift verify",
    "socle drift verify --format json",
    note="Exit codes: 0 all hold and somebody answers for each missing night, 3 otherwise.",
)


def verify(
    context: typer.Context,
    form: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TABLE,
    notify: Annotated[
        Path | None, typer.Option(help="Tell those whom this file names of what does not hold.")
    ] = None,
) -> None:
    """Judge the stored reports."""
    messenger = Messenger.of(notify) if notify else None
    chain = _chain(context, None, "en")
    records = verified(chain)
    show(records, form, None, "en")
    raise typer.Exit(told_of_chain(messenger, chain.environment, records))


ACKNOWLEDGE = help_with(
    "Answer for nights without a report: signed and chained as reports are; the gap stays in `verify`.",
    "socle drift acknowledge 41 --as anna --reason 'The runner was moved to another room'",
    note="The number is that of the report that ended the gap, see `socle drift verify`. Stands 180 days. "
    "Exit codes: 0 written, 2 no such report, gap or administrator, 3 a stored report does not hold.",
)


def acknowledge(
    *,
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The report that came after the missing nights.", min=1)],
    login: Annotated[
        str, typer.Option("--as", metavar="LOGIN", help="Who answers: an administrator's login.")
    ],
    reason: Annotated[str, typer.Option(help="Why there was no report, in a sentence.")],
) -> None:
    """Answer for a gap."""
    cloud, env = context.obj
    environment = prepare(cloud, name=env)
    people.standing(environment, login)
    missing, file = answer(Chain.of(environment), number, login, reason)
    print(f"{login} answers for it: {missing}\nkept and signed: {file}")


def _chain(context: typer.Context, output: Path | None, lang: str) -> Chain:
    cloud, env = context.obj
    if lang not in ("en", "fr"):
        raise UserError(f"no such language: {lang}", "--lang", "use en or fr")
    if output and not output.parent.is_dir():
        raise UserError("no such folder", str(output.parent), "make it first")
    return Chain.of(prepare(cloud, name=env))
