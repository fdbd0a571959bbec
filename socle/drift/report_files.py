"""A night's report as text, in one format or in a file for each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from socle.check import write
from socle.drift.html import page
from socle.drift.report import Report
from socle.records.render import Format, render

FILES: Mapping[Format, str] = {
    Format.JSON: "drift.json",
    Format.JUNIT: "drift.xml",
    Format.SARIF: "drift.sarif",
    Format.MARKDOWN: "drift.md",
    Format.HTML: "drift.html",
}
"""What `--reports` writes into a folder."""


def text(report: Report, form: Format, lang: str = "en") -> str:
    """The report in a format, ending in a newline."""
    return page(report, lang) if form is Format.HTML else render(report.night.records, form, lang)


def write_all(report: Report, folder: Path, lang: str = "en") -> None:
    """One file for each format, into a folder that exists; each in one step."""
    for form, name in FILES.items():
        write(text(report, form, lang), folder / name, report.night.records.summary())
