"""How much of ANSSI-BP-028 is held, counted from the tables; what a host shows is the checks' business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from infra.config.zones import LEVELS, Level
from socle.controls.catalogue import Catalogue
from socle.controls.rules import GUIDE
from socle.controls.tables import ELSEWHERE, Recommendation, Status


@dataclass(frozen=True)
class Coverage:
    """Recommendations up to a level: those whole, in part, not yet, somebody else's, without object."""

    level: Level
    whole: int
    partly: int
    missing: int
    elsewhere: int
    without: int

    @property
    def ours(self) -> int:
        """What this project has to hold."""
        return self.whole + self.partly + self.missing

    @property
    def share(self) -> int:
        """Whole ones among ours, in percent, rounded down."""
        return 100 * self.whole // self.ours if self.ours else 100


def waived(one: Recommendation, catalogue: Catalogue) -> date | None:
    """The day on which the last waiver of its controls ends, when one has any."""
    ids = {control.id for control in catalogue.carrying(one.id)}
    return max((waiver.expiry for waiver in catalogue.waivers if waiver.control in ids), default=None)


def partly(one: Recommendation, catalogue: Catalogue) -> bool:
    """True for one that is enforced, but not wholly: with a gap, or with a waiver on a control of its."""
    return one.status is Status.ENFORCED and (one.gap is not None or waived(one, catalogue) is not None)


def coverage(catalogue: Catalogue, level: Level) -> Coverage:
    """Counts of the guide's recommendations of this level and those below."""
    upto = LEVELS[: LEVELS.index(level) + 1]
    listed = [one for one in catalogue.recommendations if one.guide == GUIDE and one.level in upto]
    half = sum(partly(one, catalogue) for one in listed)
    enforced = sum(one.status is Status.ENFORCED for one in listed)
    elsewhere = sum(one.status in ELSEWHERE for one in listed)
    without = sum(one.status is Status.NOT_APPLICABLE for one in listed)
    missing = len(listed) - enforced - elsewhere - without
    return Coverage(level, enforced - half, half, missing, elsewhere, without)
