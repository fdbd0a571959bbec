"""What a record is. Sets of records, files and reports are in the modules beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from socle.records.masking import clean
from socle.records.version import project_version

MAX_WAIVER_DAYS = 180  # design.md, "Controls"


class Verdict(StrEnum):
    """What a check ended with. `unproven`: it could not be read, so nothing is claimed."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNPROVEN = "unproven"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"


class Severity(StrEnum):
    """How much a finding matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def _nonblank(value: str) -> str:
    value = clean(value)
    if not value.strip():
        raise ValueError("must say something")
    return value


def _seconds_utc(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(microsecond=0)


Said = Annotated[str, AfterValidator(_nonblank)]
Name = Annotated[
    str, Field(pattern=r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,254}$"), AfterValidator(_nonblank)
]
ClauseId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9][A-Za-z0-9.-]*$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Frozen):
    """The same words for people, in both of the project's languages."""

    en: Said
    fr: Said

    def in_language(self, lang: str) -> str:
        """The French words for "fr", else the English ones."""
        return self.fr if lang == "fr" else self.en


class Waiver(_Frozen):
    """Who accepted that a control is not enforced, why, and until when."""

    reason: Said
    owner: Said
    approver: Said
    expiry: date


class Record(_Frozen):
    """One verdict on one target. Text is masked and stripped of control sequences on the way in."""

    format: Literal["socle-record/1"] = "socle-record/1"
    check: Name = Field(description="Id of the check or control, e.g. ssh-root-login")
    target: Name = Field(description="What was checked: a host, a resource, an object")
    verdict: Verdict
    title: Text = Field(description="What the check demands, in one sentence; a string serves both")
    evidence: Said = Field(description="What was read, or for unproven why it could not be; never a secret")
    expected: Annotated[str, AfterValidator(clean)] | None = None
    observed: Annotated[str, AfterValidator(clean)] | None = None
    severity: Severity | None = None
    clauses: tuple[ClauseId, ...] = Field((), description="Ids of controls/clauses.yaml that this evidences")
    fix: Annotated[str, AfterValidator(clean)] | None = Field(None, description="What to do about it")
    waiver: Waiver | None = None
    when: Annotated[AwareDatetime, AfterValidator(_seconds_utc)] = Field(
        default_factory=lambda: datetime.now(UTC), description="When it was read, UTC, to the second"
    )
    tool: Name = "socle"
    version: Name = Field(default_factory=project_version, description="Version of the tool")

    @model_validator(mode="before")
    @classmethod
    def _one_string_title(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("title"), str):
            return {**data, "title": {"en": data["title"], "fr": data["title"]}}
        return data

    @model_validator(mode="after")
    def _waiver_stands(self) -> Self:
        if (self.verdict is Verdict.WAIVED) != (self.waiver is not None):
            raise ValueError("a waiver goes with verdict waived, and only with it")
        if self.waiver and self.waiver.expiry < self.when.date():
            raise ValueError(f"the waiver expired on {self.waiver.expiry}: the verdict is fail")
        if self.waiver and (self.waiver.expiry - self.when.date()).days > MAX_WAIVER_DAYS:
            raise ValueError(f"the waiver runs more than {MAX_WAIVER_DAYS} days")
        return self

    @property
    def needs_attention(self) -> bool:
        """True for what a person must look at: findings and what could not be read."""
        return self.verdict in (Verdict.FAIL, Verdict.UNPROVEN)
