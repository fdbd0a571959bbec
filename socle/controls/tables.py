"""What a line of each table in controls/ may say. What the tables must agree on is in rules.py."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from infra.config.base import Table
from infra.config.zones import Level

LONGEST_WAIVER = timedelta(days=180)
"""docs/decisions/0025: a waiver is renewed by somebody, or ends."""

Class = Literal["A", "B", "P", "K", "S", "O", "N"]
Said = Annotated[str, Field(min_length=1)]


class Text(Table):
    """The same words in both languages."""

    en: Annotated[str, Field(min_length=3)]
    fr: Annotated[str, Field(min_length=3)]

    def in_language(self, lang: str) -> str:
        """The French words for "fr", else the English ones."""
        return self.fr if lang == "fr" else self.en


class Status(StrEnum):
    """What becomes of a recommendation here; see the head of controls/recommendations.yaml."""

    ENFORCED = "enforced"
    REBOOT = "reboot"
    IMAGE = "image"
    KERNEL = "kernel"
    OPEN = "open"
    PROVIDER = "provider"
    ORGANISATIONAL = "organisational"
    NOT_APPLICABLE = "not-applicable"


ELSEWHERE = (Status.PROVIDER, Status.ORGANISATIONAL)


class Recommendation(Table):
    """One recommendation of a guide, and what is made of it. `gap`: what its controls leave open."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*:[A-Za-z0-9][A-Za-z0-9-]*$")]
    title: Text
    level: Level | None = None
    classes: Annotated[tuple[Class, ...], Field(min_length=1, alias="class")]
    status: Status
    reason: Text | None = None
    gap: Text | None = None
    shown_by: Text | None = None

    @property
    def guide(self) -> str:
        """The id of the guide it stands in."""
        return self.id.partition(":")[0]

    @property
    def number(self) -> str:
        """How the guide calls it."""
        return self.id.partition(":")[2]

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if self.status is not Status.ENFORCED and self.reason is None:
            raise ValueError(f"{self.id} is {self.status} without a reason; say why, in both languages")
        if self.status is not Status.ENFORCED and self.gap is not None:
            raise ValueError(f"{self.id} has a gap but is not enforced; say it as its reason")
        if (self.status in ELSEWHERE) != (self.shown_by is not None):
            raise ValueError(
                f"{self.id} is {self.status}; `shown_by` says what somebody else must show, and stands with "
                "provider or organisational only"
            )
        return self


class Guide(Table):
    """How far a guide was read."""

    verified: Said


class Recommendations(Table):
    """controls/recommendations.yaml as a whole; its schema is published beside it."""

    version: Literal[1]
    guides: dict[str, Guide]
    recommendations: tuple[Recommendation, ...]

    @classmethod
    def published(cls) -> dict[str, Any]:
        """Its JSON schema, for editors: controls/recommendations.schema.json."""
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **cls.model_json_schema()}


class Kind(Table):
    """What makes controls of a kind hold, and what their check reads."""

    rendered_by: str | None = None
    held_by: str | None = None
    read: Text

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.rendered_by is None) == (self.held_by is None):
            raise ValueError("a kind has either rendered_by or held_by; give one of them")
        return self


class Control(Table):
    """One control. Which keys `parameters` may have depends on the kind: controls/hardening.schema.json."""

    id: Annotated[str, Field(pattern=r"^SOC-[A-Z]{2,4}-[0-9]{2}$")]
    anssi: Annotated[tuple[str, ...], Field(min_length=1)]
    level: Level
    other_ids: tuple[str, ...]
    title: Text
    rationale: Text
    mechanism: Said
    kind: Said
    parameters: Annotated[dict[str, Any], Field(min_length=1)]
    applies_when: Said
    classes: Annotated[Class, Field(alias="class")]
    clauses: Annotated[tuple[str, ...], Field(min_length=1)]
    mutation: Annotated[str, Field(min_length=5)]
    rollback: Annotated[str, Field(min_length=5)]


class Waiver(Table):
    """Who accepts that a control is not held, on which hosts, for which accounts, until when."""

    control: str
    hosts: Annotated[tuple[Said, ...], Field(min_length=1)]
    accounts: Annotated[tuple[Said, ...], Field(min_length=1)]
    reason: Text
    owner: Said
    approver: Said
    granted: date
    expiry: date

    @model_validator(mode="after")
    def _four_eyes_for_a_time(self) -> Self:
        if self.owner == self.approver:
            raise ValueError(f"{self.owner} both owns and approves it; have it approved by somebody else")
        if not timedelta() < self.expiry - self.granted <= LONGEST_WAIVER:
            days = (self.expiry - self.granted).days
            raise ValueError(f"it runs {days} days; give one 1 to {LONGEST_WAIVER.days} days after `granted`")
        return self

    def names(self, host: str) -> bool:
        """True for a host that it is for, whatever the day; `local-*` is for every host of an environment."""
        return any(named == "all" or fnmatchcase(host, named) for named in self.hosts)

    def covers(self, host: str, today: date) -> bool:
        """True on a named host (or `all`) up to and including the day of expiry."""
        return today <= self.expiry and self.names(host)
