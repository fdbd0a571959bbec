"""A difference between two nights as text: in the formats of every report, grouped by what happened."""

from __future__ import annotations

import json

from rich.console import Console, Group
from rich.text import Text

from socle.drift.difference import Change, Difference
from socle.records.render import Format, markdown, render, table

FORMAT = "socle-drift-difference/1"
HEADINGS = {
    Change.NEW: ("New", "Nouveau"),
    Change.TURNED_UNPROVEN: ("No longer proven", "N'est plus prouvé"),
    Change.STILL: ("Still there", "Toujours là"),
    Change.STILL_UNPROVEN: ("Still unproven", "Toujours non prouvé"),
    Change.ALLOWED: ("Allowed now", "Désormais admis"),
    Change.GONE: ("Gone", "Disparu"),
}


def heading(change: Change, count: int, lang: str) -> str:
    """Of a group, with how many are in it."""
    return f"{HEADINGS[change][1 if lang == 'fr' else 0]} ({count})"


def text(found: Difference, form: Format, lang: str = "en") -> str:
    """The whole report, ending in a newline."""
    if form is Format.TABLE:
        return _table(found, lang)
    if form is Format.MARKDOWN:
        return _markdown(found, lang)
    if form is Format.JSON:
        return _json(found)
    return render(found.records(), form, lang)


def _table(found: Difference, lang: str) -> str:
    console = Console(width=140, color_system=None, force_terminal=False)
    parts: list[Text | Group] = []
    for change in Change:
        if items := found.of(change):
            rows = table.details([one.shown for one in items], lang)
            parts.append(Group(Text(heading(change, len(items), lang)), rows, Text("")))
    with console.capture() as caught:
        console.print(*parts, Text(found.summary()), sep="\n")
    return caught.get()


def _markdown(found: Difference, lang: str) -> str:
    lines = [f"**{found.summary()}**"]
    for change in Change:
        if items := found.of(change):
            title = f"## {heading(change, len(items), lang)}"
            lines += ["", title, "", *markdown.details([one.shown for one in items], lang)]
    return "\n".join(lines) + "\n"


def _json(found: Difference) -> str:
    sides = {"older": found.older, "newer": found.newer}
    document = {
        "format": FORMAT,
        **{name: {"number": it.number, "at": it.at.isoformat()} for name, it in sides.items()},
        "counts": {str(change): len(found.of(change)) for change in Change},
        "exit_code": int(found.exit_code()),
        "items": [
            {
                "change": str(one.change),
                "since": one.since,
                "or_before": one.or_before,
                "record": one.record.model_dump(mode="json", exclude_none=True),
            }
            for one in found.items
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
