"""What is told of a scan, in words: things and fields by name, never a value. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from socle.drift.difference import Change, Item
from socle.drift.difference_show import heading
from socle.drift.report import Report
from socle.errors import ExitCode
from socle.notify.notice import Notice
from socle.notify.settings import Event
from socle.records import Record, RecordSet, Verdict

MOST = 50
"""Things that one message names; the report has all of them."""
_EVENTS = {
    ExitCode.HOLDS: Event.CLEAR,
    ExitCode.FINDINGS: Event.FINDINGS,
    ExitCode.UNPROVEN: Event.UNPROVEN,
}
_WORDS = {
    "en": {
        "counts": "{} findings, {} unproven",
        "clear": "all as declared",
        "report": "Report {} of {}, {} UTC: {}.",
        "not": "It could not be compared with the night before.",
        "more": "and {} more",
        "do": "What to do: `socle drift --plan`; all of it, with values: `socle drift report {}`.",
        "chain": "stored reports do not hold",
        "chain-do": "What to do: `socle drift verify`.",
        "failed": "the scan ended with exit code {} and left no report",
        "failed-do": "Nothing was proven: see the log of the run.",
        "test": "a test: this way of telling works",
    },
    "fr": {
        "counts": "{} constats, {} non prouvés",
        "clear": "tout est tel que déclaré",
        "report": "Rapport {} de {}, {} UTC : {}.",
        "not": "La comparaison avec la nuit précédente a été impossible.",
        "more": "et {} autres",
        "do": "Que faire : `socle drift --plan` ; le détail, avec les valeurs : `socle drift report {}`.",
        "chain": "des rapports conservés ne tiennent pas",
        "chain-do": "Que faire : `socle drift verify`.",
        "failed": "l'examen s'est terminé avec le code {} et sans rapport",
        "failed-do": "Rien n'est prouvé : voir le journal de l'exécution.",
        "test": "un essai : cette voie fonctionne",
    },
}


def of_scan(report: Report, lang: str = "en") -> Notice:
    """Of a night: how many findings, what is new, what stayed, what can no longer be proven."""
    words, night = _WORDS[lang], report.night
    counts, code = night.records.counts(), night.records.exit_code()
    event = _EVENTS[code]
    said = words["counts"].format(counts[Verdict.FAIL], counts[Verdict.UNPROVEN])
    short = words["clear"] if event is Event.CLEAR else said
    lines = [
        words["report"].format(night.number, report.environment, f"{night.at:%Y-%m-%d %H:%M}", short),
        "",
    ]
    if report.missing:
        lines += [report.missing, ""]
    items: list[Item] = []
    if report.difference is None:
        lines += [words["not"], ""]
        items = [Item(Change.NEW, one, night.number) for one in night.records if one.needs_attention]
        lines += _listed([one.record for one in items], words)
    else:
        for change in Change:
            if found := report.difference.of(change):
                items += found
                lines += [heading(change, len(found), lang), *_listed([it.record for it in found], words), ""]
    lines.append(words["do"].format(night.number))
    data = {
        "environment": report.environment,
        "report": night.number,
        "at": night.at.isoformat(),
        "exit_code": int(code),
        "counts": {str(verdict): number for verdict, number in counts.items()},
        "compared": report.difference is not None,
        "missing": report.missing,
        "changes": [_said(one) for one in items[:MOST]],
        "left_out": max(len(items) - MOST, 0),
    }
    return _notice(event, f"report-{night.number}", short, lines, data)


def of_chain(environment: str, records: RecordSet, lang: str = "en") -> Notice | None:
    """Of stored reports that do not hold, or of a missing night; None when all of it holds."""
    bad = [one for one in records if one.needs_attention]
    if not bad:
        return None
    words, now = _WORDS[lang], datetime.now(UTC)
    rows = [f"- {one.target}: {one.evidence}" for one in bad[:MOST]]
    data = {
        "environment": environment,
        "exit_code": int(records.exit_code()),
        "objections": [{"report": one.target, "why": one.evidence} for one in bad[:MOST]],
        "left_out": max(len(bad) - MOST, 0),
    }
    lines = [*rows, "", words["chain-do"]]
    return _notice(Event.CHAIN, f"{now:%Y%m%dT%H%M%S}", words["chain"], lines, data)


def of_failure(environment: str, code: int, lang: str = "en") -> Notice:
    """Of a scan that did not end: nothing is known of that night."""
    words, now = _WORDS[lang], datetime.now(UTC)
    short = words["failed"].format(code)
    data = {"environment": environment, "exit_code": code}
    return _notice(Event.FAILED, f"{now:%Y%m%dT%H%M%S}", short, [words["failed-do"]], data)


def of_test(environment: str, lang: str = "en") -> Notice:
    """Of nothing: to see that a message arrives."""
    words, now = _WORDS[lang], datetime.now(UTC)
    data = {"environment": environment}
    return _notice(Event.TEST, f"{now:%Y%m%dT%H%M%S}", words["test"], [words["test"]], data)


def _notice(event: Event, number: str, short: str, lines: Iterable[str], data: Mapping[str, Any]) -> Notice:
    environment = data["environment"]
    name, subject = f"drift-{environment}-{event}-{number}", f"[socle] {environment}: {short}"
    return Notice(event, name, datetime.now(UTC), subject, tuple(lines), data)


def _listed(found: list[Record], words: Mapping[str, str]) -> list[str]:
    rows = [f"- {_row(one)}" for one in found[:MOST]]
    return rows + ([words["more"].format(len(found) - MOST)] if len(found) > MOST else [])


def _row(one: Record) -> str:
    step = f"{one.severity}: " if one.severity else ""
    return f"{step}{one.target} [{one.check}]"


def _said(one: Item) -> dict[str, Any]:
    record = one.record
    step = str(record.severity) if record.severity else None
    return {
        "change": str(one.change),
        "since": one.since,
        "thing": record.target,
        "check": record.check,
        "severity": step,
    }
