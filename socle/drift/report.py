"""A stored night as a report: read back from the chain, with what changed since the night before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from socle.drift import gap
from socle.drift.chain import Chain, digest
from socle.drift.difference import Difference, difference
from socle.drift.gap import Entry
from socle.drift.night import Night, answers, nights, one, pick
from socle.errors import SocleError


@dataclass(frozen=True)
class Report:
    """One night. `why`: what keeps it from being compared with the one before, if anything does.

    `missing`: the nights without a report before it, and who answered for them; empty when there are none.
    """

    environment: str
    night: Night
    difference: Difference | None
    why: str = ""
    missing: str = ""


def stored(chain: Chain, number: int | None = None) -> Report:
    """A report by number, the newest where none is said. Errors are those of `night.one`."""
    night = one(chain, number)
    try:
        found = between(chain, None, night.number)
        return Report(chain.environment, night, found, missing=_missing(chain, found))
    except SocleError as error:
        return Report(chain.environment, night, None, str(error))


def between(chain: Chain, older: int | None = None, newer: int | None = None) -> Difference:
    """Two reports, the last two where nothing is said. Errors are those of `night.pick`."""
    before, after = pick(chain, older, newer)
    return difference(before, after, (it for it in nights(chain) if it.number < after.number))


def _missing(chain: Chain, found: Difference) -> str:
    """The gap between two nights that follow each other, in words."""
    older, newer = (
        Entry(number=it.number, at=it.at, digest=digest(chain.file(it.number)))
        for it in (found.older, found.newer)
    )
    missing = gap.between(older, newer)
    if missing is None:
        return ""
    now = datetime.now(UTC)
    said = next((it for it in answers(chain, newer.number) if it.gap == missing and it.stands(now)), None)
    return f"{missing}; {said or 'nobody answered for it: see `socle drift verify`'}"
