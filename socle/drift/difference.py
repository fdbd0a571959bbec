"""What changed between two stored reports: new, still there and since when, gone, no longer to be read. Pure.

Its exit code is never milder than the newer report's own: what was there before is a finding still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from socle.drift.night import Night
from socle.drift.records import AGAIN, record
from socle.drift.seen import Fate, Seen, key
from socle.errors import ExitCode, FindingError
from socle.records import Record, RecordSet, Verdict


class Change(StrEnum):
    """What happened to a finding, or to what could not be read; reports have this order."""

    NEW = "new"
    TURNED_UNPROVEN = "turned unproven"
    STILL = "still there"
    STILL_UNPROVEN = "still unproven"
    ALLOWED = "allowed now"
    GONE = "gone"


@dataclass(frozen=True)
class Item:
    """One of them. `since`: the report that saw it first, as far as reports are kept and hold."""

    change: Change
    record: Record
    since: int
    or_before: bool = False

    @property
    def shown(self) -> Record:
        """The record with, for what was there before, since when."""
        if self.change not in (Change.STILL, Change.STILL_UNPROVEN):
            return self.record
        since = f"since report {self.since}" + (" or before" if self.or_before else "")
        return said_otherwise(self.record, evidence=f"{since}: {self.record.evidence}")


@dataclass(frozen=True)
class Difference:
    """Two reports and what is between them."""

    older: Night
    newer: Night
    items: tuple[Item, ...]

    def of(self, change: Change) -> list[Item]:
        """The items of one sort."""
        return [one for one in self.items if one.change is change]

    def records(self) -> RecordSet:
        """Everything as records."""
        return RecordSet.of(one.shown for one in self.items)

    def exit_code(self) -> ExitCode:
        """3 when there are findings now, new or old; else 4 when something is unproven; else 0."""
        counted = {one.record.verdict for one in self.items}
        if Verdict.FAIL in counted:
            return ExitCode.FINDINGS
        return ExitCode.UNPROVEN if Verdict.UNPROVEN in counted else ExitCode.HOLDS

    def summary(self) -> str:
        """One line: how many of each sort."""
        parts = [f"{len(found)} {change}" for change in Change if (found := self.of(change))]
        return f"{self.newer} beside {self.older}: {', '.join(parts) or 'no difference, and no finding'}"


def difference(older: Night, newer: Night, before: Iterable[Night]) -> Difference:
    """Compare two reports. `before`: those before the newer one, the newest first, to see since when."""
    then, now = Seen(older), Seen(newer)
    items = [*_now(older, newer, then), *_then(older, newer, now), *_pairs(older, newer)]
    dated = _since(items, before, newer)
    order = list(Change)
    return Difference(
        older, newer, tuple(sorted(dated, key=lambda it: (order.index(it.change), it.record.target)))
    )


def _now(older: Night, newer: Night, then: Seen) -> Iterator[Item]:
    """What the newer report has to say, by what the older one knew of it."""
    if not len(newer.records):
        yield Item(Change.TURNED_UNPROVEN, _unproven(newer, "it holds no record at all"), newer.number)
    for one in newer.records:
        fate, why = then.fate(one)
        if one.verdict is Verdict.FAIL and fate is Fate.THERE:
            yield Item(Change.STILL, one, newer.number)
        elif one.verdict is Verdict.FAIL:
            doubt = {
                Fate.UNPROVEN: f"; it may be older, since {older} could not have seen it: {why}",
                Fate.ALLOWED: f"; {older} has it as allowed",
            }.get(fate, "")
            yield Item(Change.NEW, said_otherwise(one, evidence=one.evidence + doubt), newer.number)
        elif one.verdict is Verdict.UNPROVEN:
            same = then.record(one)
            stayed = same is not None and same.verdict is Verdict.UNPROVEN
            yield Item(Change.STILL_UNPROVEN if stayed else Change.TURNED_UNPROVEN, one, newer.number)


def _then(older: Night, newer: Night, now: Seen) -> Iterator[Item]:
    """What the older report found and the newer one does not."""
    for one in older.records:
        if one.verdict not in (Verdict.FAIL, Verdict.UNPROVEN):
            continue
        fate, why = now.fate(one)
        same = now.record(one)
        if fate is Fate.GONE:
            was = "a finding" if one.verdict is Verdict.FAIL else "unproven"
            said = f"{was} in {older}; looked for in {newer}, and no longer so"
            yield Item(Change.GONE, said_otherwise(one, Verdict.PASS, evidence=said), older.number)
        elif fate is Fate.ALLOWED and same is not None:
            yield Item(Change.ALLOWED, same, older.number)
        elif fate is Fate.UNPROVEN and same is None:
            was = "a finding" if one.verdict is Verdict.FAIL else "unproven"
            said = f"{was} in {older}; {newer} cannot say what became of it: {why}"
            yield Item(
                Change.TURNED_UNPROVEN, said_otherwise(one, Verdict.UNPROVEN, evidence=said), older.number
            )


def _pairs(older: Night, newer: Night) -> Iterator[Item]:
    """A pair that was compared and no longer is: nothing of it is known to be as before."""
    for pair in sorted(older.pairs - newer.pairs):
        said = f"pair {pair} was compared in {older} and not in {newer}"
        yield Item(Change.TURNED_UNPROVEN, _unproven(newer, said, f"pair {pair}"), newer.number)


def _since(items: Iterable[Item], before: Iterable[Night], newer: Night) -> list[Item]:
    """With the first report of the row in which each was seen; a night that could not see breaks none."""
    stayed = (Change.STILL, Change.STILL_UNPROVEN)
    done = [one for one in items if one.change not in stayed]
    waiting = {key(one.record): one for one in items if one.change in stayed}
    nights, number = iter(before), newer.number
    while waiting:
        try:
            night = next(nights, None)
        except FindingError:
            night = None
        if night is None:
            return done + [_or_before(one) for one in waiting.values()]
        seen, number = Seen(night), night.number
        for name, one in list(waiting.items()):
            waiting[name] = _one_back(one, seen, number)
            if waiting[name] is one and not _hidden(one, seen):
                done.append(waiting.pop(name))
    return done


def _one_back(one: Item, seen: Seen, number: int) -> Item:
    """The item as this earlier report dates it; the same one when it was not seen there."""
    same = seen.record(one.record)
    if same is not None and same.verdict is one.record.verdict:
        return Item(one.change, one.record, number)
    return one


def _hidden(one: Item, seen: Seen) -> bool:
    """Whether an earlier report could not have seen it, or had it allowed: it goes on looking before that."""
    if one.change is Change.STILL_UNPROVEN:
        return False
    return seen.fate(one.record)[0] in (Fate.UNPROVEN, Fate.ALLOWED)


def _or_before(one: Item) -> Item:
    return Item(one.change, one.record, one.since, or_before=True)


def said_otherwise(one: Record, verdict: Verdict | None = None, *, evidence: str) -> Record:
    """The same record with other words, checked anew."""
    said = one.model_dump() | {"evidence": evidence}
    if verdict is not None:
        fix = AGAIN if verdict is Verdict.UNPROVEN else None
        said |= {"verdict": verdict, "expected": None, "observed": None, "fix": fix}
    return Record.model_validate(said)


def _unproven(newer: Night, why: str, target: str = "") -> Record:
    title = ("Both nights can be compared", "Les deux nuits sont comparables")
    fix = "run `socle drift` without --only"
    return record(
        "drift-difference", target or f"report {newer.number}", Verdict.UNPROVEN, title, evidence=why, fix=fix
    )
