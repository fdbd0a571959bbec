"""Judges stored reports: none changed, removed, replayed or added, and every missing night answered for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from socle import signing
from socle.drift import gap
from socle.drift.chain import FORMAT, NAMESPACE, Chain, digest, kept
from socle.drift.gap import Acknowledgement, Entry, Gap
from socle.drift.records import record
from socle.records import Record, RecordSet, Verdict

_WHOLE = ("Stored reports are whole", "Les rapports conservés sont complets")
_NIGHTS = ("Every night has a report", "Chaque nuit a son rapport")


@dataclass
class Judged:
    """What was seen of a chain. `broken` and `late`: what does not hold, by the file it is about."""

    broken: list[tuple[str, str]] = field(default_factory=list)
    late: list[tuple[str, str]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    answers: list[Acknowledgement] = field(default_factory=list)

    def answer(self, missing: Gap, now: datetime) -> Acknowledgement | None:
        """The newest that speaks of this very gap and stands."""
        found = (it for it in reversed(self.answers) if it.gap == missing and it.stands(now))
        return next(found, None)


def judged(chain: Chain, now: datetime | None = None) -> Judged:
    """Everything that is kept, from the first to the newest."""
    now, found = now or datetime.now(UTC), Judged()
    if not chain.head.exists():
        what = "there are reports and no note of the newest" if chain.numbers() else "there is no report"
        found.broken.append((chain.head.name, what))
        return found
    if why := signing.objection(chain.head, chain.public, chain.who, NAMESPACE):
        found.broken.append((chain.head.name, f"its signature does not hold: {why}"))
        return found
    head = chain.read_head()
    first, newest = int(head["first"]), int(head["newest"])
    _walk(chain, head, found)
    for number in chain.numbers():
        if not first <= number <= newest:
            found.broken.append((chain.file(number).name, "no report of this number was written"))
    at = datetime.fromisoformat(str(head["at"]))
    if now - at > gap.NIGHT:
        found.late.append(("now", f"the newest report is of {head['at']}: a night is missing"))
    elif at - now > gap.AHEAD:
        why = f"the newest report is dated {head['at']}, which is to come: a clock was wrong, or is now"
        found.late.append(("now", why))
    return found


def verified(chain: Chain, now: datetime | None = None) -> RecordSet:
    """A record for each objection and each gap, answered for or not; and one when reports are whole."""
    now = now or datetime.now(UTC)
    seen = judged(chain, now)
    fix = "find out who had write access to the reports"
    found = [_bad("drift-report", where, _WHOLE, why, fix) for where, why in seen.broken]
    found += [_bad("drift-night", where, _NIGHTS, why, "run `socle drift`") for where, why in seen.late]
    found += [_gap(chain, it, seen.answer(it, now)) for it in seen.gaps]
    if not seen.broken:
        numbers = kept(chain.read_head())
        span = f"{len(numbers)} reports, {numbers[0]} to {numbers[-1]}"
        said = f"{span}, each signed and following the one before"
        found.append(record("drift-report", chain.reports.name, Verdict.PASS, _WHOLE, evidence=said))
    return RecordSet.of(found)


def _walk(chain: Chain, head: Mapping[str, Any], found: Judged) -> None:
    previous = ""
    last: Entry | None = None
    for number in range(int(head["first"]), int(head["newest"]) + 1):
        file = chain.file(number)
        if not file.exists():
            found.broken.append((file.name, "it is missing"))
            previous, last = "", None
            continue
        said, faults = _entry(chain, number, previous)
        found.broken += [(file.name, it) for it in faults]
        previous = digest(file)
        if isinstance(said, Acknowledgement):
            found.answers += [] if faults else [said]
        elif said is None or faults:
            last = None
        else:
            if last and (missing := gap.between(last, said)):
                found.gaps.append(missing)
            last = said
    if previous and previous != head["digest"]:
        where = chain.file(int(head["newest"])).name
        found.broken.append((where, "it is not the report that was written as the newest"))


def _entry(chain: Chain, number: int, previous: str) -> tuple[Entry | Acknowledgement | None, list[str]]:
    """What a file is, and what is wrong with it."""
    file = chain.file(number)
    why = signing.objection(file, chain.public, chain.who, NAMESPACE)
    try:
        said, entry = _read(file)
    except (ValueError, KeyError, TypeError):
        return None, ["it is no report"]
    if why:
        return entry, [f"its signature does not hold: {why}"]
    return entry, list(_place(chain, number, said, previous))


def _read(file: Path) -> tuple[dict[str, Any], Entry | Acknowledgement]:
    """ValueError, KeyError or TypeError when it is neither a report nor an acknowledgement."""
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if said["format"] == gap.FORMAT:
        return said, Acknowledgement.model_validate(said)
    if said["format"] != FORMAT:
        raise ValueError(said["format"])
    return said, Entry(number=said["number"], at=said["at"], digest=digest(file))


def _place(chain: Chain, number: int, said: Mapping[str, Any], previous: str) -> Iterator[str]:
    if said.get("number") != number or said.get("environment") != chain.environment:
        yield f"it is report {said.get('number')} of {said.get('environment')}, under another name"
    if previous and said.get("previous") != previous:
        yield "it does not follow the report before it"


def _gap(chain: Chain, missing: Gap, answer: Acknowledgement | None) -> Record:
    where, number = chain.file(missing.after.number).name, missing.after.number
    if answer:
        said, waiver = f"{missing}; {answer}", answer.waiver()
        return record("drift-night", where, Verdict.WAIVED, _NIGHTS, evidence=said, waiver=waiver)
    fix = f"see why, then `socle drift acknowledge {number} --as LOGIN --reason 'WHY'`"
    return _bad("drift-night", where, _NIGHTS, str(missing), fix)


def _bad(check: str, where: str, title: tuple[str, str], why: str, fix: str) -> Record:
    return record(check, where, Verdict.FAIL, title, evidence=why, fix=fix)
