"""A ledger's report as one HTML file: what has to be done, with each path drawn. No script."""

from __future__ import annotations

from html import escape
from pathlib import Path

from socle.policy.ledger import paths
from socle.records import Record, RecordSet, Verdict

_HEADINGS = {
    Verdict.FAIL: {"en": "To mend", "fr": "À corriger"},
    Verdict.UNPROVEN: {"en": "To prove", "fr": "À prouver"},
    Verdict.WAIVED: {"en": "Exempted", "fr": "Dérogations"},
}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h2{border-bottom:2px solid #ccc;margin-top:2.5rem}.fail{border-left:5px solid #b00020;padding-left:1rem}
.unproven{border-left:5px solid #8a6d00;padding-left:1rem}
.waived{border-left:5px solid #555;padding-left:1rem}
ol.path{display:flex;flex-wrap:wrap;list-style:none;padding:0;align-items:center;gap:.4rem}
.place{border:1px solid #333;border-radius:.3rem;padding:.15rem .5rem;font-weight:600}.why{color:#555}
.why::before{content:"\\2192\\00a0"}.why::after{content:"\\00a0\\2192"}td,th{text-align:left;padding-right:1.5rem}
"""


def page(records: RecordSet, ledger: Path, lang: str) -> str:
    """The whole file. `lang`: en or fr."""
    drawn = paths(ledger)
    title = "Policies" if lang == "en" else "Politiques"
    parts = [f"<h1>{title}</h1>", f"<p>{escape(records.summary())}</p>"]
    for verdict, heading in _HEADINGS.items():
        listed = [one for one in records if one.verdict is verdict]
        if listed:
            parts.append(f"<h2>{heading[lang]} ({len(listed)})</h2>")
            parts += _by_policy(listed, drawn, lang)
    style = f"<style>{_STYLE}</style>"
    head = f'<meta charset="utf-8"><title>{title}</title>{style}'
    return (
        f'<!doctype html>\n<html lang="{lang}"><head>{head}</head><body>\n'
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _by_policy(listed: list[Record], drawn: dict[tuple[str, str], list[list[str]]], lang: str) -> list[str]:
    """A section a policy, its rule and its fix, then its resources."""
    parts = []
    for name in sorted({one.check for one in listed}):
        found = [one for one in listed if one.check == name]
        first = found[0]
        parts.append(f'<section class="{first.verdict.value}"><h3>{escape(name)}</h3>')
        parts.append(
            f"<p><strong>{escape(first.title.in_language(lang))}</strong><br>{escape(first.fix or '')}"
        )
        parts.append(f"<br><small>{escape(', '.join(first.clauses))}</small></p><ul>")
        for one in found:
            ways = "".join(_drawn(path) for path in drawn.get((one.check, one.target), ()))
            parts.append(f"<li><code>{escape(one.target)}</code>: {escape(one.evidence)}{ways}</li>")
        parts.append("</ul></section>")
    return parts


def _drawn(path: list[str]) -> str:
    """Places and, between them, what lets one reach the next."""
    hops = [
        f'<li class="{"why" if number % 2 else "place"}">{escape(hop)}</li>'
        for number, hop in enumerate(path)
    ]
    return f'<ol class="path">{"".join(hops)}</ol>'
