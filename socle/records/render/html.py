"""One HTML file that needs nothing beside it: no script, nothing fetched, every word escaped, printable.

`render` serves every checker; what one of them has to add (paths, a difference) goes through `document`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from socle.records.model import Record, Verdict
from socle.records.recordset import RecordSet

HEADINGS = {
    Verdict.FAIL: ("To mend", "À corriger"),
    Verdict.UNPROVEN: ("To prove", "À prouver"),
    Verdict.WAIVED: ("Accepted for a time", "Dérogations"),
}
_WORDS = {
    "en": ("Results", "expected", "observed", "until"),
    "fr": ("Résultats", "attendu", "constaté", "jusqu'au"),
}
# A page that somebody opens must not load what a name in it asks for, even where an escape were missing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h2{border-bottom:2px solid #ccc;margin-top:2.5rem}code,pre,td{overflow-wrap:anywhere;white-space:pre-wrap}
section{border-left:5px solid #555;padding-left:1rem;margin:1rem 0}
.fail{border-color:#b00020}.unproven{border-color:#8a6d00}.held{border-color:#1b6e3c}
ol.path{display:flex;flex-wrap:wrap;list-style:none;padding:0;align-items:center;gap:.4rem}
.place{border:1px solid #333;border-radius:.3rem;padding:.15rem .5rem;font-weight:600}.why{color:#555}
.why::before{content:"\\2192\\00a0"}.why::after{content:"\\00a0\\2192"}td,th{text-align:left;padding-right:1.5rem}
th{white-space:nowrap;vertical-align:top;font-weight:600}
@media print{body{max-width:none;margin:0;font-size:11px}section,li,tr{break-inside:avoid}
h2,h3{break-after:avoid}}
"""


def document(title: str, parts: Iterable[str], lang: str = "en") -> str:
    """The whole file; `parts` are markup already."""
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style>"
    )
    body = "\n".join([f"<h1>{escape(title)}</h1>", *parts])
    return f'<!doctype html>\n<html lang="{lang}"><head>{head}</head><body>\n{body}\n</body></html>\n'


def render(records: RecordSet, lang: str = "en") -> str:
    """What has to be done, by check; what passed is counted only."""
    return document(words(lang)[0], [f"<p>{escape(records.summary())}</p>", *groups(records, lang)], lang)


def groups(records: RecordSet, lang: str, more: Callable[[Record], str] = lambda _: "") -> list[str]:
    """A heading for each verdict that asks for something, below it a section for each check."""
    parts = []
    for verdict in HEADINGS:
        listed = [one for one in records if one.verdict is verdict]
        if listed:
            parts.append(heading(verdict, len(listed), lang))
            parts += [
                by_check([one for one in listed if one.check == check], lang, more)
                for check in sorted({one.check for one in listed})
            ]
    return parts


def heading(verdict: Verdict, count: int, lang: str) -> str:
    """Of a group of records."""
    return f"<h2>{escape(HEADINGS[verdict][1 if lang == 'fr' else 0])} ({count})</h2>"


def by_check(found: list[Record], lang: str, more: Callable[[Record], str] = lambda _: "") -> str:
    """A section: the check, its rule and its fix, then its targets. `more`: markup after one of them."""
    first = found[0]
    said = [f"<strong>{escape(first.title.in_language(lang))}</strong>", escape(first.fix or "")]
    said.append(f"<small>{escape(', '.join(first.clauses))}</small>" if first.clauses else "")
    items = "".join(item(one, lang, more) for one in found)
    head = f"<h3>{escape(first.check)}</h3><p>{'<br>'.join(filter(None, said))}</p>"
    return f'<section class="{first.verdict.value}">{head}<ul>{items}</ul></section>'


def item(one: Record, lang: str, more: Callable[[Record], str] = lambda _: "") -> str:
    """A target: what was read, what was expected and observed, who accepted it."""
    _, expected, observed, until = words(lang)
    pairs = ((expected, one.expected), (observed, one.observed))
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td><code>{escape(value)}</code></td></tr>"
        for name, value in pairs
        if value is not None
    )
    by = ""
    if it := one.waiver:
        by = f"<br><small>{escape(f'{it.reason} ({it.owner}, {it.approver}, {until} {it.expiry})')}</small>"
    table = f"<table>{rows}</table>" if rows else ""
    return f"<li><code>{escape(one.target)}</code>: {escape(one.evidence)}{by}{table}{more(one)}</li>"


def words(lang: str) -> tuple[str, ...]:
    """The page's own words."""
    return _WORDS["fr" if lang == "fr" else "en"]
