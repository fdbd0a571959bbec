"""Stored reports, read back: each held against the signed note of the newest before it is believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from socle import signing
from socle.drift.chain import NAMESPACE, Chain, digest, kept
from socle.drift.gap import FORMAT as ACKNOWLEDGED
from socle.drift.gap import Acknowledgement
from socle.errors import FindingError, UnprovenError, UserError
from socle.records import RecordSet
from socle.records.store import from_document

_FIX = "run `socle drift verify`"


@dataclass(frozen=True)
class Night:
    """One stored report. `pairs`: what was compared in it."""

    number: int
    at: datetime
    pairs: frozenset[str]
    records: RecordSet

    def __str__(self) -> str:
        """For a message."""
        return f"report {self.number} ({self.at:%Y-%m-%d %H:%M} UTC)"


def nights(chain: Chain) -> Iterator[Night]:
    """Every report kept, the newest first, each read when it is asked for. Errors are those of `_entries`."""
    for number, said in _entries(chain):
        if said.get("format") != ACKNOWLEDGED:
            yield _night(chain, number, said)


def answers(chain: Chain, after: int) -> Iterator[Acknowledgement]:
    """Every acknowledgement that follows a report, the newest first. Errors are those of `_entries`."""
    for number, said in _entries(chain):
        if number <= after:
            return
        if said.get("format") == ACKNOWLEDGED:
            yield Acknowledgement.model_validate(said)


def _entries(chain: Chain) -> Iterator[tuple[int, dict[str, Any]]]:
    """Raises FindingError at the first that is not what the one after it, or the signed note, says it is.

    Nothing older can be believed either. UnprovenError when no report is there.
    """
    if not chain.head.exists():
        if chain.numbers():
            raise FindingError("there are reports and no note of the newest", str(chain.reports), _FIX)
        raise UnprovenError("no report is stored", str(chain.reports), "run `socle drift` first")
    if why := signing.objection(chain.head, chain.public, chain.who, NAMESPACE):
        raise FindingError(f"its signature does not hold: {why}", chain.head.name, _FIX)
    head = chain.read_head()
    wanted = str(head["digest"])
    for number in range(int(head["newest"]), int(head["first"]) - 1, -1):
        said = _held(chain, number, wanted)
        wanted = str(said.get("previous", ""))
        yield number, said


def one(chain: Chain, number: int | None = None) -> Night:
    """A report by number, the newest where none is said. Errors are those of `pick`."""
    for night in nights(chain):
        if number in (None, night.number):
            _signed(chain, night.number)
            return night
    raise _no_such(chain, number)


def pick(chain: Chain, older: int | None, newer: int | None) -> tuple[Night, Night]:
    """Two reports by number; the newest and the one before it where nothing is said.

    Raises UserError for numbers that cannot be, UnprovenError when there are not two reports, FindingError
    when one of the two, or one between them and the signed note, does not hold.
    """
    if older is not None and newer is not None and older >= newer:
        raise UserError(f"{older} is not before {newer}", "OLDER NEWER", "name the older report first")
    found: list[Night] = []
    for night in nights(chain):
        if not found and newer in (None, night.number):
            found.append(night)
        elif found and older in (None, night.number):
            found.append(night)
            break
    if len(found) == 2:  # noqa: PLR2004 - two are compared
        for night in found:
            _signed(chain, night.number)
        return found[1], found[0]
    numbers = kept(chain.read_head())
    first, newest = numbers[0], numbers[-1]
    for asked in (newer, older):
        if asked is not None and asked not in numbers:
            raise _no_such(chain, asked)
    if newer is None and older == newest:
        raise UserError(f"{older} is the newest report", "OLDER", "name an older one")
    if newer is not None and newer == first < newest:
        raise UserError(f"no report before {newer} is kept", "NEWER", f"{first} to {newest} are kept")
    what = "there is one report alone: nothing can be said of a difference"
    raise UnprovenError(what, str(chain.reports), "run `socle drift` again")


def _held(chain: Chain, number: int, wanted: str) -> dict[str, Any]:
    """What a report says, when it is the one that was signed into the chain."""
    file = chain.file(number)
    if not file.exists():
        raise FindingError("it is missing", file.name, _FIX)
    if digest(file) != wanted:
        raise FindingError("it is not the report that was written and signed", file.name, _FIX)
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if said.get("number") != number or said.get("environment") != chain.environment:
        what = f"it is report {said.get('number')} of {said.get('environment')}"
        raise FindingError(what, file.name, _FIX)
    return said


def _night(chain: Chain, number: int, said: dict[str, Any]) -> Night:
    where = str(chain.file(number))
    records = from_document(said["report"], where)
    return Night(number, datetime.fromisoformat(said["at"]), frozenset(said["pairs"]), records)


def _no_such(chain: Chain, number: int | None) -> UserError:
    head = chain.read_head()
    numbers = kept(head)
    what = f"no report {number}" if number not in head["acknowledgements"] else f"{number} is no report"
    return UserError(what, str(chain.reports), f"{numbers[0]} to {numbers[-1]} are kept")


def _signed(chain: Chain, number: int) -> None:
    file = chain.file(number)
    if why := signing.objection(file, chain.public, chain.who, NAMESPACE):
        raise FindingError(f"its signature does not hold: {why}", file.name, _FIX)
