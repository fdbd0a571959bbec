"""A time without a report between two that are kept, and who answered for it. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from socle.records import Waiver
from socle.records.masking import clean
from socle.records.model import MAX_WAIVER_DAYS

FORMAT = "socle-drift-acknowledgement/1"
NIGHT = timedelta(hours=36)
"""How long after a report the next one is due: a night, and half a day for one that ran late."""
AHEAD = timedelta(minutes=5)
"""By how much a report may be dated after now: clocks of two machines that wrote and read it."""
LIVES = timedelta(days=MAX_WAIVER_DAYS)
"""How long an acknowledgement stands: as long as any waiver, design.md, "Controls"."""
SHORTEST, LONGEST = 10, 500
"""Characters of a reason."""


class Entry(BaseModel):
    """One report of the chain: `digest` is the SHA-256 of its file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    at: AwareDatetime
    digest: str

    def __str__(self) -> str:
        """For a message."""
        return f"report {self.number} ({self.at:%Y-%m-%d %H:%M} UTC)"


class Gap(BaseModel):
    """Between a report and the one before it, both by digest: nothing else is ever answered for with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: Entry
    after: Entry

    def __str__(self) -> str:
        """For a message."""
        length = self.after.at - self.before.at
        if length < timedelta():
            return f"{self.after} is dated before {self.before}, which it follows"
        hours = round(length / timedelta(hours=1))
        return f"a night is missing: no report in the {hours} hours between {self.before} and {self.after}"


class Acknowledgement(BaseModel):
    """An entry of the chain, numbered, signed and followed as reports are: who answers for a gap, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["socle-drift-acknowledgement/1"]
    environment: str
    number: int
    at: AwareDatetime
    previous: str
    gap: Gap
    by: str = Field(min_length=1)
    reason: Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST), AfterValidator(clean)]

    def stands(self, now: datetime) -> bool:
        """Whether it holds at this time; one that is dated later does not yet."""
        return self.at - AHEAD <= now and now.date() <= self.expiry

    @property
    def expiry(self) -> date:
        """The last day on which it stands."""
        return (self.at + LIVES).date()

    def waiver(self) -> Waiver:
        """As records carry it, which take none that runs longer from the day on which they are made."""
        expiry = min(self.expiry, datetime.now(UTC).date() + LIVES)
        return Waiver(reason=self.reason, owner=self.by, approver=self.by, expiry=expiry)

    def __str__(self) -> str:
        """For a message."""
        until = f"until {self.expiry}, entry {self.number}"
        return f"{self.by} answered for it on {self.at:%Y-%m-%d} ({until}): {self.reason}"


def between(before: Entry, after: Entry) -> Gap | None:
    """The gap, when there is one: more than `NIGHT`, or a report that is dated before the one it follows."""
    return None if timedelta() <= after.at - before.at <= NIGHT else Gap(before=before, after=after)
