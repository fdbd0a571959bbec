"""The table a person reads in a terminal: what to act on first, then one line a target, then the counts."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from socle.records.model import Record, Verdict
from socle.records.recordset import RecordSet

_STYLE = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.UNPROVEN: "bold magenta",
    Verdict.WAIVED: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
}
_HEADS = {
    "en": (
        "verdict",
        "target",
        "check",
        "what it demands",
        "evidence",
        "nothing checked: nothing proven",
    ),
    "fr": ("verdict", "cible", "contrôle", "exigence", "constat", "rien de vérifié : rien de prouvé"),
}
_LONG = 600  # characters of evidence in the table; the record file holds all of it


def print_table(records: RecordSet, console: Console, lang: str = "en") -> None:
    """Print the report; colours only where `console` has them."""
    heads = _HEADS["fr" if lang == "fr" else "en"]
    if not len(records):
        console.print(Text(heads[-1], style=_STYLE[Verdict.UNPROVEN]))
        return
    others = [r for r in records if r.verdict is not Verdict.PASS]
    if others:
        console.print(details(others, lang))
    console.print(_targets(records, heads[1]))
    console.print(Text(records.summary()))


def render(records: RecordSet, lang: str = "en", width: int = 140) -> str:
    """The same as plain text, `width` columns wide."""
    out = io.StringIO()
    print_table(records, Console(file=out, width=width, color_system=None, force_terminal=False), lang)
    return out.getvalue()


def details(records: Iterable[Record], lang: str = "en") -> Table:
    """A row for each of these records, whatever its verdict."""
    *heads, _ = _HEADS["fr" if lang == "fr" else "en"]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, fold in zip(heads, (False, True, True, True, True), strict=True):
        table.add_column(name, overflow="fold", no_wrap=not fold)
    for record in records:
        table.add_row(
            Text(record.verdict, style=_STYLE[record.verdict]),
            Text(record.target),
            Text(record.check),
            Text(record.title.in_language(lang)),
            Text(_evidence(record)),
        )
    return table


def _evidence(record: Record) -> str:
    said = record.evidence if len(record.evidence) <= _LONG else record.evidence[:_LONG] + " …"
    if record.expected is not None and record.observed is not None and record.verdict is Verdict.FAIL:
        said += f"\nexpected {record.expected}; observed {record.observed}"
    if record.waiver:
        said += f"\n{record.waiver.reason} (until {record.waiver.expiry})"
    return f"{said}\n{record.fix}" if record.fix and record.needs_attention else said


def _targets(records: RecordSet, head: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(head, overflow="fold")
    for verdict in Verdict:
        table.add_column(str(verdict), justify="right", no_wrap=True)
    for target in records.targets():
        counts = records.for_target(target).counts()
        table.add_row(
            Text(target), *(Text(str(n), style=_STYLE[v] if n else "dim") for v, n in counts.items())
        )
    return table
