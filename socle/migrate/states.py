"""What can become of an object: its states, what can happen, and what follows. Pure.

Only a full reading of the target leads to `proven`, and only from `copied`; every doubt leads back.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How far an object is."""

    FOUND = "found"
    WAITING = "waiting"
    REFUSED = "refused"
    COPIED = "copied"
    PROVEN = "proven"
    GONE = "gone"


class Event(StrEnum):
    """What happened to it. REMOVED is said of the copy, GONE and DELETED of the source's."""

    LISTED = "listed"
    ARCHIVED = "archived"
    REFUSED = "refused"
    COPIED = "copied"
    ADOPTED = "adopted"
    FAILED = "failed"
    PROVEN = "proven"
    UNREAD = "unread"
    MISMATCH = "mismatch"
    GONE = "gone"
    CHANGED = "changed"
    REMOVED = "removed"
    DELETED = "deleted"


_EVERY = frozenset(State)
_LEADS = {
    Event.LISTED: (_EVERY, State.FOUND),
    Event.ARCHIVED: (_EVERY, State.WAITING),
    Event.REFUSED: (_EVERY, State.REFUSED),
    Event.COPIED: (frozenset({State.FOUND}), State.COPIED),
    Event.ADOPTED: (frozenset({State.FOUND}), State.COPIED),
    Event.FAILED: (frozenset({State.FOUND}), State.FOUND),
    Event.PROVEN: (frozenset({State.COPIED, State.PROVEN}), State.PROVEN),
    Event.UNREAD: (frozenset({State.COPIED, State.PROVEN}), State.COPIED),
    Event.MISMATCH: (frozenset({State.COPIED, State.PROVEN}), State.FOUND),
    Event.GONE: (_EVERY, State.GONE),
    Event.CHANGED: (_EVERY, State.FOUND),
    Event.REMOVED: (frozenset({State.GONE}), State.GONE),
    Event.DELETED: (frozenset({State.PROVEN}), State.PROVEN),
}


class ImpossibleError(ValueError):
    """Something was said of an object that cannot have happened to it."""


def after(state: State, event: Event) -> State:
    """The state that follows; raises ImpossibleError."""
    before, then = _LEADS[event]
    if state not in before:
        raise ImpossibleError(f"{event} cannot happen to what is {state}")
    return then
