"""`socle policy`: reports of what the policy pack said. The pack runs under plain `pulumi`, without this."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socle.check import show, write
from socle.errors import UserError
from socle.options import help_with
from socle.policy.html import page
from socle.policy.ledger import diagrams, read
from socle.records import Record, RecordSet, Verdict
from socle.records.render import Format

FORMS = tuple(one.value for one in Format)

app = typer.Typer(
    name="policy",
    no_args_is_help=True,
    help=help_with(
        "Report what the policy pack said of a stack.",
        "SOCLE_POLICY_LEDGER=ledger.json pulumi preview --policy-pack policies",
        "socle policy report ledger.json",
        "socle policy report ledger.json --format sarif --output policies.sarif",
    ),
)


@app.command(
    help=help_with(
        "Render a ledger: what to do first, by policy; or JUnit, SARIF, Markdown, JSON, HTML.",
        "socle policy report ledger.json",
        "socle policy report ledger.json --format junit --output policies.xml",
        "socle policy report ledger.json --format html --output policies.html",
        note="Exit codes: 0 holds, 2 no ledger, 3 a policy is violated, 4 something is unproven.",
    )
)
def report(
    ledger: Annotated[Path, typer.Argument(help="What SOCLE_POLICY_LEDGER named.")],
    form: Annotated[str, typer.Option("--format", help=f"Format: {', '.join(FORMS)}.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    lang: Annotated[str, typer.Option(help="Language of titles: en or fr.")] = "en",
) -> None:
    """Render a ledger."""
    if lang not in ("en", "fr"):
        raise UserError(f"no such language: {lang}", "--lang", "use en or fr")
    if form not in FORMS:
        raise UserError(f"no such format: {form}", "--format", f"use {', '.join(FORMS)}")
    if output and not output.parent.is_dir():
        raise UserError("no such folder", str(output.parent), "make it first")
    records = read(ledger)
    if form == Format.HTML:
        write(page(records, ledger, lang), output, records.summary())
    elif form == Format.TABLE and output is None:
        print("\n".join(to_do(records, lang)))
    else:
        show(records, Format(form), output, lang)
        if form == Format.MARKDOWN and (paths := diagrams(ledger)):
            with output.open("a", encoding="utf-8") if output else Path("/dev/stdout").open("w") as stream:
                stream.write(f"\n## Paths\n\n{paths}")
    raise typer.Exit(records.exit_code())


def to_do(records: RecordSet, lang: str) -> list[str]:
    """Lines by what has to be done: one heading a policy and fix, below it the resources."""
    lines: list[str] = []
    for verdict, heading in ((Verdict.FAIL, "TO MEND"), (Verdict.UNPROVEN, "TO PROVE")):
        by_policy: dict[str, list[Record]] = {}
        for record in records:
            if record.verdict is verdict:
                by_policy.setdefault(record.check, []).append(record)
        for name, found in sorted(by_policy.items(), key=lambda item: (-len(item[1]), item[0])):
            first = found[0]
            lines.append(f"{heading}  {name}  {first.title.in_language(lang)}")
            lines.append(f"         {first.fix}  ({', '.join(first.clauses)})")
            lines += [f"  - {one.target}: {one.evidence}" for one in found]
            lines.append("")
    return [*lines, records.summary()]
