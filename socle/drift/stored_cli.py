"""`socle drift diff`: what stored reports say beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socle.check import write
from socle.drift.chain import Chain
from socle.drift.difference import Difference, difference
from socle.drift.difference_show import text
from socle.drift.night import nights, pick
from socle.env import prepare
from socle.errors import UserError
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
    cloud, env = context.obj
    if lang not in ("en", "fr"):
        raise UserError(f"no such language: {lang}", "--lang", "use en or fr")
    if output and not output.parent.is_dir():
        raise UserError("no such folder", str(output.parent), "make it first")
    found = between(Chain.of(prepare(cloud, name=env)), older, newer)
    write(text(found, form, lang), output, found.summary())
    raise typer.Exit(found.exit_code())


def between(chain: Chain, older: int | None = None, newer: int | None = None) -> Difference:
    """Two reports, the last two where nothing is said. Errors are those of `night.pick`."""
    before, after = pick(chain, older, newer)
    return difference(before, after, (it for it in nights(chain) if it.number < after.number))
