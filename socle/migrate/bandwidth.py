"""How many bytes a second may pass, by the hour of a place; and how long that makes so many bytes take. Pure.

Decimal megabytes (10^6 bytes), as networks are measured. Hours that are not named have no limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

MB = 1_000_000
_DAY = 24 * 60
_HOURS = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


class Bandwidth(BaseModel):
    """Limits by hour: `07:00-20:00: 200`. Hours over midnight are one entry, as 20:00-06:00."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "UTC"
    mb_per_second: Mapping[str, Annotated[float, Field(gt=0)]] = Field(min_length=1)

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):  # a folder, a name that leads away, none of that name
            raise ValueError(f"{zone} is no time zone; say for example Europe/Paris") from None
        return zone

    @field_validator("mb_per_second")
    @classmethod
    def _apart(cls, said: Mapping[str, float]) -> Mapping[str, float]:
        taken: set[int] = set()
        for text in said:
            minutes = set(_minutes(text))
            if taken & minutes:
                raise ValueError(f"{text} overlaps with other hours; say each hour once")
            taken |= minutes
        return said

    @property
    def least(self) -> float:
        """The lowest limit, in bytes a second."""
        return min(self.mb_per_second.values()) * MB

    def rate(self, at: datetime) -> float | None:
        """Bytes a second at a moment; None when there is no limit then."""
        local = at.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        for text, rate in self.mb_per_second.items():
            if minute in _minutes(text):
                return rate * MB
        return None

    def until(self, at: datetime) -> datetime:
        """The next moment after `at` at which another limit may hold."""
        zone = ZoneInfo(self.zone)
        today = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        ends = {minutes % _DAY for text in self.mb_per_second for minutes in _ends(text)}
        moments = (
            (today + timedelta(days=day)).replace(hour=end // 60, minute=end % 60).astimezone(UTC)
            for day in (0, 1, 2)
            for end in ends
        )
        return min(moment for moment in moments if moment > at)

    def said(self) -> str:
        """For people."""
        hours = ", ".join(f"{rate:g} MB/s {text}" for text, rate in self.mb_per_second.items())
        return f"{hours} ({self.zone})"


def duration(size: int, start: datetime, limit: Bandwidth | None, line: float | None) -> timedelta | None:
    """How long `size` bytes take from `start` on; None when hours without a limit have no `line` either.

    `line`: bytes a second that the way bears when nothing limits it.
    """
    if limit is None:
        return timedelta(seconds=size / line) if line else None
    at, left = start.astimezone(UTC), float(size)
    while left > 0:
        rates = [rate for rate in (limit.rate(at), line) if rate]
        if not rates:
            return None
        rate, end = min(rates), limit.until(at)
        room = (end - at).total_seconds() * rate
        if room >= left:
            return at + timedelta(seconds=left / rate) - start
        at, left = end, left - room
    return at - start


def _ends(text: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(text)
    begin, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if begin == end or begin >= _DAY or end > _DAY or (found and max(found[2], found[4]) >= "60"):
        raise ValueError(f"{text} is no time of the day; say for example 07:00-20:00")
    return begin, end


def _minutes(text: str) -> range | set[int]:
    begin, end = _ends(text)
    return range(begin, end) if begin < end else {*range(begin, _DAY), *range(end)}
