"""The gates of a cutover: their order, how one is passed or undone, and from when nothing can be. Pure.

A gate is begun, then passed; undoing is begun, then done, in the reverse order. Once undoing has begun
only its end can follow: what was half undone is never gone on from. Once the
deletion has begun nothing is undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Gate(StrEnum):
    """In the order in which they are passed."""

    READ_ONLY = "read-only"
    DELTA = "delta"
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    SWITCHED = "switched"
    RETAINED = "retained"
    DELETED = "deleted"


ORDER = tuple(Gate)
NO_RETURN = Gate.DELETED
"""From the moment this gate is begun: what was deleted at the source cannot be brought back from there."""


class Act(StrEnum):
    """What can be done to a gate."""

    BEGUN = "begun"
    PASSED = "passed"
    UNDOING = "undoing"
    UNDONE = "undone"


class Side(StrEnum):
    """Which side counts: where data are written, and whose content is believed."""

    SOURCE = "source"
    TARGET = "target"


class ImpossibleError(ValueError):
    """An act that cannot follow; the text says why."""


@dataclass(frozen=True)
class Position:
    """How far a cutover is: so many gates passed, and what is under way."""

    passed: int = 0
    begun: bool = False
    undoing: bool = False

    @property
    def next(self) -> Gate | None:
        """The gate to pass now; None when all are."""
        return ORDER[self.passed] if self.passed < len(ORDER) else None

    @property
    def last(self) -> Gate | None:
        """The gate to undo first; None when there is nothing to undo."""
        if self.begun:
            return self.next
        return ORDER[self.passed - 1] if self.passed else None

    @property
    def beyond_return(self) -> bool:
        """Whether the point of no return is behind."""
        return self.holds(NO_RETURN) or (self.begun and self.next is NO_RETURN)

    @property
    def authoritative(self) -> Side:
        """Which side counts; while the switch is made or undone, the one that did before."""
        return Side.TARGET if self.holds(Gate.SWITCHED) else Side.SOURCE

    @property
    def frozen(self) -> bool:
        """Whether the source is known to be read-only."""
        return self.holds(Gate.READ_ONLY) and not (self.undoing and self.last is Gate.READ_ONLY)

    def holds(self, gate: Gate) -> bool:
        """Whether a gate is passed and not undone."""
        return ORDER.index(gate) < self.passed


def after(position: Position, act: Act, gate: Gate) -> Position:
    """What follows; raises ImpossibleError."""
    if act in (Act.BEGUN, Act.PASSED):
        if position.undoing:
            raise ImpossibleError(f"{position.last} is being undone: run `socle migrate rollback` to its end")
        if gate is not position.next:
            raise ImpossibleError(f"{gate} is not the gate that follows; {position.next or 'none'} is")
        if act is Act.BEGUN:
            return replace(position, begun=True)
        if not position.begun:
            raise ImpossibleError(f"{gate} was not begun")
        return Position(position.passed + 1)
    if position.beyond_return:
        raise ImpossibleError("the deletion at the source has begun: nothing can be undone any more")
    if gate is not position.last:
        raise ImpossibleError(f"{gate} is not the gate to undo first; {position.last or 'none'} is")
    if act is Act.UNDOING:
        return replace(position, undoing=True)
    if not position.undoing:
        raise ImpossibleError(f"undoing {gate} was not begun")
    return Position(position.passed if position.begun else position.passed - 1)


def folded(acts: Iterable[tuple[Act, Gate]]) -> Position:
    """Where a record of acts leads; raises ImpossibleError."""
    position = Position()
    for act, gate in acts:
        position = after(position, act, gate)
    return position
