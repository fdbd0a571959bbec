"""The registry of clauses (clauses.yaml and recommendations.yaml of controls/), and which ids dangle.

What a clause asks is decided in the texts themselves: titles here are descriptive, `verified` says
how far the text was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from socle.controls.catalogue import RECOMMENDATIONS, read_recommendations
from socle.controls.tables import Recommendation, Status
from socle.errors import UserError
from socle.paths import ROOT

REGISTRY = ROOT / "controls" / "clauses.yaml"
# Where clauses are cited.
CITING = ("controls/*.yaml", "stacks/*.yaml", "policies/*.yaml")
ID = re.compile(r"[a-z0-9][a-z0-9.-]*:[A-Za-z0-9][A-Za-z0-9.-]*")
UNVERIFIED = "unverified"


class Label(StrEnum):
    """What this project can do about a clause."""

    EVIDENCED = "evidenced"
    CUSTOMER_COUNTERPART = "customer-counterpart"
    PROVIDER_ATTESTED = "provider-attested"
    UNVERIFIED = "unverified"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(_Strict):
    """A descriptive title, never a quotation."""

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)


class Source(_Strict):
    """A text: who published it, which version; "unverified" where that was not read."""

    publisher: str = Field(min_length=1)
    version: str = Field(min_length=1)
    date: str = Field(pattern=r"^(\d{4}(-\d\d(-\d\d)?)?|unverified)$")
    title: Title
    note: str = ""


class Clause(_Strict):
    """One clause of a text."""

    id: str = Field(pattern=f"^{ID.pattern}$")
    title: Title
    label: Label
    verified: str = Field(min_length=1, description='How the text was read, or "unverified"')
    note: str = ""

    @property
    def text(self) -> str:
        """The id of the text it belongs to."""
        return self.id.partition(":")[0]


class Registry(_Strict):
    """All texts and clauses."""

    texts: dict[str, Source]
    clauses: tuple[Clause, ...]

    @model_validator(mode="after")
    def _ids_stand(self) -> Registry:
        seen: set[str] = set()
        for clause in self.clauses:
            if clause.id in seen:
                raise ValueError(f"{clause.id} stands twice")
            if clause.text not in self.texts:
                raise ValueError(f"{clause.id}: no text {clause.text}")
            seen.add(clause.id)
        return self

    def by_id(self) -> dict[str, Clause]:
        """Clauses by their id."""
        return {clause.id: clause for clause in self.clauses}


@dataclass(frozen=True, order=True)
class Citation:
    """A place where a clause's id is used."""

    clause: str
    file: str


def load(path: Path = REGISTRY) -> Registry:
    """Read the registry, with the recommendations beside it; raises UserError with the entry at fault."""
    try:
        registry = Registry.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        if not path.with_name(RECOMMENDATIONS).exists():
            return registry
        listed, guides = read_recommendations(path.parent.parent)
        added = tuple(_clause(one, guides[one.guide].verified) for one in listed if one.guide in guides)
        return Registry(texts=registry.texts, clauses=added + registry.clauses)
    except FileNotFoundError:
        raise UserError("no such file", str(path), "restore it from git") from None
    except yaml.YAMLError as error:
        raise UserError(f"not YAML: {' '.join(str(error).split())}", str(path), "mend the line") from None
    except ValidationError as error:
        first = error.errors()[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{entry} {first['msg']}".strip(), str(path), "see clauses.schema.json") from None


_LABELS = {Status.ENFORCED: Label.EVIDENCED, Status.PROVIDER: Label.PROVIDER_ATTESTED}


def _clause(one: Recommendation, verified: str) -> Clause:
    """A recommendation as a clause: nothing is claimed of one that is neither enforced nor the provider's."""
    title = Title(en=one.title.en, fr=one.title.fr)
    return Clause(id=one.id, title=title, label=_LABELS.get(one.status, Label.UNVERIFIED), verified=verified)


def citations(texts: Iterable[str], root: Path = ROOT) -> list[Citation]:
    """Every clause cited below `root`: what stands under `clause` or `clauses`, and what looks like an id."""
    prefixes = tuple(f"{text}:" for text in texts)
    found = set()
    for pattern in CITING:
        for path in root.glob(pattern):
            if path.name in (REGISTRY.name, RECOMMENDATIONS):
                continue
            for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                for cited in _cited(document, prefixes, declared=False):
                    found.add(Citation(cited, str(path.relative_to(root))))
    return sorted(found)


def _cited(node: Any, prefixes: tuple[str, ...], *, declared: bool) -> Iterator[str]:
    match node:
        case dict():
            for key, value in node.items():
                yield from _cited(value, prefixes, declared=key in ("clause", "clauses"))
        case list():
            for value in node:
                yield from _cited(value, prefixes, declared=declared)
        case str() if declared or (node.startswith(prefixes) and ID.fullmatch(node)):
            yield node


def dangling(root: Path = ROOT) -> list[Citation]:
    """Citations of clauses that the registry does not have."""
    registry = load(root / "controls" / REGISTRY.name)
    known = registry.by_id()
    return [citation for citation in citations(registry.texts, root) if citation.clause not in known]


def unused(root: Path = ROOT) -> list[str]:
    """Clauses that nothing cites yet; for information only."""
    registry = load(root / "controls" / REGISTRY.name)
    used = {citation.clause for citation in citations(registry.texts, root)}
    return sorted(set(registry.by_id()) - used)


def schema() -> dict[str, Any]:
    """The JSON schema of the registry, published as controls/clauses.schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Registry.model_json_schema()}
