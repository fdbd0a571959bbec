"""What an environment has in the cloud, told without ids, so that two makers' work can be compared. Pure.

Asking the cloud is in cloud.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Thing:
    """Something in the cloud; `facts`: all that the makers decide, values as text."""

    kind: str
    name: str
    facts: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind} {self.name}"


def thing(kind: str, name: str, **facts: object) -> Thing:
    """One, its lists and tables told in the same order whoever filled them in."""
    return Thing(kind, name, tuple(sorted((key, _text(value)) for key, value in facts.items())))


def counts(things: Iterable[Thing]) -> dict[str, int]:
    """How many of each kind, by kind."""
    return dict(sorted(Counter(it.kind for it in things).items()))


def difference(left: Iterable[Thing], right: Iterable[Thing], names: tuple[str, str]) -> list[str]:
    """A line for each thing that only one side has or that they made otherwise; `names`: of the sides."""
    ours, theirs = Counter(left), Counter(right)
    only = [list((ours - theirs).elements()), list((theirs - ours).elements())]
    told = []
    for it in list(only[0]):
        twin = next((other for other in only[1] if (other.kind, other.name) == (it.kind, it.name)), None)
        if twin is not None:
            only[0].remove(it)
            only[1].remove(twin)
            facts, others = dict(it.facts), dict(twin.facts)
            told += [
                f"{it}: {key} is {facts.get(key)} by {names[0]}, {others.get(key)} by {names[1]}"
                for key in sorted(facts.keys() | others.keys())
                if facts.get(key) != others.get(key)
            ]
    return told + [f"{it}: made by {names[side]} only" for side in (0, 1) for it in sorted(only[side])]


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{key}={_text(item)}" for key, item in value.items())) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(sorted(map(_text, value))) + "]"
    return "" if value is None else str(value)
