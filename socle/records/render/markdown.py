"""A Markdown summary, for CI pages: counts, then what a person must act on."""

from __future__ import annotations

from collections.abc import Iterable

from socle.records.model import Record, Verdict
from socle.records.recordset import RecordSet

_WORDS = {
    "en": ("Verdict", "Target", "Check", "Title", "Evidence", "Nothing was checked: nothing is proven."),
    "fr": ("Verdict", "Cible", "Contrôle", "Titre", "Constat", "Rien n'a été vérifié : rien n'est prouvé."),
}
# Everything that could end a cell, start a tag, a link or a reference.
_ESCAPES = str.maketrans({c: "\\" + c for c in "\\`*_[]<>|#!~@"} | {"&": "&amp;"})


def render(records: RecordSet, lang: str = "en") -> str:
    """The counts, then one row for each record that is not `pass`."""
    if not len(records):
        return f"**{_WORDS['fr' if lang == 'fr' else 'en'][-1]}**\n"
    lines = [f"**{records.summary()}**"]
    others = [r for r in records if r.verdict is not Verdict.PASS]
    if others:
        lines += ["", *details(others, lang)]
    return "\n".join(lines) + "\n"


def details(records: Iterable[Record], lang: str = "en") -> list[str]:
    """The lines of a table with a row for each of these records, whatever its verdict."""
    *heads, _ = _WORDS["fr" if lang == "fr" else "en"]
    return [_row(heads), _rule(len(heads)), *(_row(_cells(r, lang)) for r in records)]


def _cells(record: Record, lang: str) -> list[str]:
    verdict = f"**{record.verdict}**" if record.needs_attention else str(record.verdict)
    said = (record.target, record.check, record.title.in_language(lang), record.evidence)
    return [verdict, *(" ".join(text.split()).translate(_ESCAPES) for text in said)]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(columns: int) -> str:
    return "|" + " --- |" * columns
