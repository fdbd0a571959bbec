"""A night's report as one HTML file: since the night before, then by severity and by what to do."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from socle.drift.difference import Change, Difference
from socle.drift.difference_show import heading as change_heading
from socle.drift.report import Report
from socle.records import Record, Severity, Verdict
from socle.records.render.html import document, heading, item

_SEVERITIES = (*reversed(Severity), None)
_WORDS = {
    "en": {
        "title": "Drift of {}",
        "report": "Report {} of {} UTC; compared: {}",
        "since": "Since the night before",
        "none": "Nothing changed since {}.",
        "beside": "Beside {}.",
        "not": "It cannot be compared with the night before: {}",
        "look": "look at it",
        "held": "{} verdicts hold.",
        None: "no severity",
        Severity.CRITICAL: "critical",
        Severity.HIGH: "high",
        Severity.MEDIUM: "medium",
        Severity.LOW: "low",
    },
    "fr": {
        "title": "Dérive de {}",
        "report": "Rapport {} du {} UTC ; comparé : {}",
        "since": "Depuis la nuit précédente",
        "none": "Rien n'a changé depuis {}.",
        "beside": "À côté de {}.",
        "not": "La comparaison avec la nuit précédente est impossible : {}",
        "look": "à examiner",
        "held": "{} verdicts tiennent.",
        None: "sans gravité",
        Severity.CRITICAL: "critique",
        Severity.HIGH: "élevée",
        Severity.MEDIUM: "moyenne",
        Severity.LOW: "faible",
    },
}


def page(report: Report, lang: str) -> str:
    """The whole file. `lang`: en or fr."""
    words, night = _WORDS["fr" if lang == "fr" else "en"], report.night
    said = words["report"].format(night.number, f"{night.at:%Y-%m-%d %H:%M}", ", ".join(sorted(night.pairs)))
    parts = [f"<p>{escape(said)}<br><strong>{escape(night.records.summary())}</strong></p>"]
    if report.missing:
        parts.append(f'<section class="unproven">{escape(report.missing)}</section>')
    parts += _since(report.difference, report.why, lang)
    for verdict in (Verdict.FAIL, Verdict.UNPROVEN, Verdict.WAIVED):
        if listed := [one for one in night.records if one.verdict is verdict]:
            parts += [heading(verdict, len(listed), lang), *_by_severity(listed, lang)]
    held = night.records.counts()[Verdict.PASS]
    parts.append(f'<section class="held">{escape(words["held"].format(held))}</section>' if held else "")
    return document(words["title"].format(report.environment), filter(None, parts), lang)


def _since(found: Difference | None, why: str, lang: str) -> Iterable[str]:
    words = _WORDS["fr" if lang == "fr" else "en"]
    yield f"<h2>{escape(words['since'])}</h2>"
    if found is None:
        yield f'<section class="unproven">{escape(words["not"].format(why))}</section>'
        return
    changed = [change for change in Change if found.of(change)]
    before = str(found.older)
    moved = any(it not in (Change.STILL, Change.STILL_UNPROVEN) for it in changed)
    yield f"<p>{escape(words['beside' if moved else 'none'].format(before))}</p>"
    for change in changed:
        items = found.of(change)
        listed = "".join(
            f"<li><code>{escape(one.record.target)}</code> {escape(one.record.check)}: "
            f"{escape(one.shown.evidence)}</li>"
            for one in items
        )
        yield f"<h3>{escape(change_heading(change, len(items), lang))}</h3><ul>{listed}</ul>"


def _by_severity(listed: list[Record], lang: str) -> Iterable[str]:
    """The gravest first; below each, one section for each thing to do."""
    words = _WORDS["fr" if lang == "fr" else "en"]
    for step in _SEVERITIES:
        found = [one for one in listed if one.severity is step]
        if found and (step is not None or len(found) < len(listed)):
            yield f"<h3>{escape(words[step])} ({len(found)})</h3>"
        for fix in dict.fromkeys(one.fix for one in found):
            yield _to_do([one for one in found if one.fix == fix], fix or words["look"], lang)


def _to_do(found: list[Record], fix: str, lang: str) -> str:
    """A command or an advice, then what it is for: the thing, its field, what was expected and observed."""
    items = "".join(item(one, lang, lambda it: _rule(it, lang)) for one in found)
    head = f"<pre><code>{escape(fix)}</code></pre>"
    return f'<section class="{found[0].verdict.value}">{head}<ul>{items}</ul></section>'


def _rule(one: Record, lang: str) -> str:
    return f"<small>{escape(one.title.in_language(lang))} ({escape(one.check)})</small>"
