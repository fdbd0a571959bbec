"""Reports made from records, one format a module. Every renderer is a pure function of a `RecordSet`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from socle.records.recordset import RecordSet
from socle.records.render import html, junit, markdown, sarif, table
from socle.records.store import to_json


class Format(StrEnum):
    """The formats a report can have."""

    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    MARKDOWN = "markdown"
    HTML = "html"


_RENDERERS: dict[Format, Callable[[RecordSet, str], str]] = {
    Format.TABLE: table.render,
    Format.JSON: lambda records, _lang: to_json(records),
    Format.JUNIT: junit.render,
    Format.SARIF: sarif.render,
    Format.MARKDOWN: markdown.render,
    Format.HTML: html.render,
}


def render(records: RecordSet, form: Format, lang: str = "en") -> str:
    """The report as text that ends in a newline; `lang` ("en" or "fr") chooses the titles' language."""
    return _RENDERERS[form](records, lang)
