"""A ledger's report as one HTML file: every checker's page, with the path of each finding drawn."""

from __future__ import annotations

from html import escape
from pathlib import Path

from socle.policy.ledger import paths
from socle.records import Record, RecordSet
from socle.records.render.html import document, groups


def page(records: RecordSet, ledger: Path, lang: str) -> str:
    """The whole file. `lang`: en or fr."""
    ways = paths(ledger)

    def drawn(one: Record) -> str:
        return "".join(_drawn(path) for path in ways.get((one.check, one.target), ()))

    title = "Policies" if lang == "en" else "Politiques"
    return document(title, [f"<p>{escape(records.summary())}</p>", *groups(records, lang, drawn)], lang)


def _drawn(path: list[str]) -> str:
    """Places and, between them, what lets one reach the next."""
    hops = [
        f'<li class="{"why" if number % 2 else "place"}">{escape(hop)}</li>'
        for number, hop in enumerate(path)
    ]
    return f'<ol class="path">{"".join(hops)}</ol>'
