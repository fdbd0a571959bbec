"""The tables of controls/ read together; what is wrong becomes one line with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from infra.facts import Document, FactError, read, validate
from socle.controls.rules import Problem, problems
from socle.controls.tables import Control, Guide, Kind, Recommendation, Waiver
from socle.errors import UserError
from socle.paths import ROOT

ModelT = TypeVar("ModelT", bound=BaseModel)
FOLDER, RECOMMENDATIONS = "controls", "recommendations.yaml"


@dataclass(frozen=True)
class Catalogue:
    """Controls, what they answer to, what makes them hold, and what is excused, each in its table's order."""

    controls: tuple[Control, ...]
    recommendations: tuple[Recommendation, ...]
    guides: dict[str, Guide]
    kinds: dict[str, Kind]
    waivers: tuple[Waiver, ...]

    def carrying(self, recommendation: str) -> tuple[Control, ...]:
        """Controls that name the recommendation among their clauses."""
        return tuple(control for control in self.controls if recommendation in control.clauses)


def _table(root: Path, name: str, *keys: str) -> Document:
    """One file, with exactly these keys beside its version. FactError when it is not so."""
    document = read(root / FOLDER / name, f"{FOLDER}/{name}")
    if not isinstance(document.data, dict) or set(document.data) != {"version", *keys}:
        raise document.error((), f"its keys must be version, {', '.join(keys)}; correct them")
    if document.data["version"] != 1:
        raise document.error(("version",), "version must be 1; correct it")
    return document


def _rows(document: Document, key: str, model: type[ModelT]) -> tuple[ModelT, ...]:
    rows = document.data[key]
    if not isinstance(rows, list):
        raise document.error((key,), f"{key} must be a list; write one entry a line")
    return tuple(validate(model, document, (key, index), row) for index, row in enumerate(rows))


def _named(document: Document, key: str, model: type[ModelT]) -> dict[str, ModelT]:
    rows: Any = document.data[key]
    if not isinstance(rows, dict):
        raise document.error((key,), f"{key} must be a table; write one entry a name")
    return {str(name): validate(model, document, (key, name), row) for name, row in rows.items()}


def read_recommendations(root: Path = ROOT) -> tuple[tuple[Recommendation, ...], dict[str, Guide]]:
    """The recommendations with their guides; UserError when their table is wrong in itself."""
    try:
        document = _table(root, RECOMMENDATIONS, "guides", "recommendations")
        rows = _rows(document, "recommendations", Recommendation)
        return rows, _named(document, "guides", Guide)
    except FactError as error:
        raise UserError(str(error)) from None


@cache
def load(root: Path = ROOT) -> Catalogue:
    """Everything below `root`/controls.

    Raises UserError: one line with file, line, what is wrong and the fix; how many more there are behind it.
    """
    try:
        hardening = _table(root, "hardening.yaml", "controls")
        recommendations = _table(root, RECOMMENDATIONS, "guides", "recommendations")
        kinds = _table(root, "kinds.yaml", "kinds")
        waivers = _table(root, "waivers.yaml", "waivers")
        found = Catalogue(
            _rows(hardening, "controls", Control),
            _rows(recommendations, "recommendations", Recommendation),
            _named(recommendations, "guides", Guide),
            _named(kinds, "kinds", Kind),
            _rows(waivers, "waivers", Waiver),
        )
    except FactError as error:
        raise UserError(str(error)) from None
    documents = {
        "controls": hardening,
        "recommendations": recommendations,
        "kinds": kinds,
        "waivers": waivers,
    }
    wrong = list(problems(found, root))
    if wrong:
        raise UserError(_said(wrong[0], documents, len(wrong) - 1))
    return found


def _said(problem: Problem, documents: dict[str, Document], others: int) -> str:
    more = f" (and {others} more)" if others else ""
    return str(documents[str(problem.loc[0])].error(problem.loc, problem.what)) + more
