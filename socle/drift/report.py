"""A stored night as a report: read back from the chain, with what changed since the night before."""

from __future__ import annotations

from dataclasses import dataclass

from socle.drift.chain import Chain
from socle.drift.difference import Difference, difference
from socle.drift.night import Night, nights, one, pick
from socle.errors import SocleError


@dataclass(frozen=True)
class Report:
    """One night. `why`: what keeps it from being compared with the one before, if anything does."""

    environment: str
    night: Night
    difference: Difference | None
    why: str = ""


def stored(chain: Chain, number: int | None = None) -> Report:
    """A report by number, the newest where none is said. Errors are those of `night.one`."""
    night = one(chain, number)
    try:
        return Report(chain.environment, night, between(chain, None, night.number))
    except SocleError as error:
        return Report(chain.environment, night, None, str(error))


def between(chain: Chain, older: int | None = None, newer: int | None = None) -> Difference:
    """Two reports, the last two where nothing is said. Errors are those of `night.pick`."""
    before, after = pick(chain, older, newer)
    return difference(before, after, (it for it in nights(chain) if it.number < after.number))
