"""Answers for a missing night: by whom and why. The gap stays where it is, in every report of `verify`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from socle.drift.chain import Chain, kept
from socle.drift.gap import LONGEST, SHORTEST, Gap
from socle.drift.verifying import Judged, judged
from socle.errors import FindingError, UserError
from socle.records.masking import clean


def answer(chain: Chain, number: int, by: str, reason: str, now: datetime | None = None) -> tuple[Gap, Path]:
    """Answer for the gap that this report ended; the gap, and where the answer lies.

    Raises UserError when there is no such report or gap, or somebody answers for it already; FindingError
    when anything that is kept does not hold: no words make up for a report that was changed or taken away.
    """
    now = now or datetime.now(UTC)
    reason = " ".join(clean(reason).split())
    if not SHORTEST <= len(reason) <= LONGEST:
        what = f"a reason has {SHORTEST} to {LONGEST} characters, this one {len(reason)}"
        raise UserError(what, "--reason", "say in a sentence why no report was written")
    seen = judged(chain, now)
    if not chain.head.exists() and not chain.numbers():
        raise UserError("no report is stored", str(chain.reports), "run `socle drift` first")
    if seen.broken:
        where, why = seen.broken[0]
        raise FindingError(why, where, "run `socle drift verify`: only missing nights can be answered for")
    missing = _missing(chain, number, seen)
    if standing := seen.answer(missing, now):
        raise UserError(str(standing), f"report {number}", "nothing is left to do until it ends")
    return missing, chain.acknowledge(missing, by, reason, now)


def _missing(chain: Chain, number: int, seen: Judged) -> Gap:
    numbers = kept(chain.read_head())
    found = {it.after.number: it for it in seen.gaps}
    if number in found:
        return found[number]
    if number not in numbers:
        fix = f"{numbers[0]} to {numbers[-1]} are kept; what is missing now ends with the next `socle drift`"
        raise UserError(f"no report {number}", str(chain.reports), fix)
    if number == numbers[0]:
        raise UserError(f"no report before {number} is kept", str(chain.reports), "name a later one")
    fix = f"nights are missing before {', '.join(map(str, found))}" if found else "none is missing anywhere"
    raise UserError(f"no night is missing before report {number}", str(chain.reports), fix)
