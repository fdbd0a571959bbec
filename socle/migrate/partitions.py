"""How a listing is cut by prefix, so that many can read it at once. Pure.

A level is listed with the delimiter: its own names, and prefixes one level down. A tree is all below one.
Levels are opened until there are enough trees; each name belongs to exactly one partition.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

DELIMITER = "/"


class Shape(StrEnum):
    """How much of a prefix a partition holds."""

    LEVEL = "level"
    TREE = "tree"


@dataclass(frozen=True)
class Partition:
    """A share of a listing."""

    prefix: str
    shape: Shape

    def holds(self, name: str) -> bool:
        """Whether a name belongs to it."""
        if not name.startswith(self.prefix):
            return False
        return self.shape is Shape.TREE or DELIMITER not in name[len(self.prefix) :]


def cut(below: Callable[[str], Iterable[str]], enough: int, deepest: int = 4) -> list[Partition]:
    """Partitions that hold everything; `below` gives the prefixes one level under a prefix."""
    waiting: deque[tuple[str, int]] = deque([("", 0)])
    made: list[Partition] = []
    while waiting and len(waiting) < enough:
        prefix, depth = waiting.popleft()
        if depth >= deepest:
            made.append(Partition(prefix, Shape.TREE))
            continue
        made.append(Partition(prefix, Shape.LEVEL))
        waiting.extend((inner, depth + 1) for inner in below(prefix))
    return made + [Partition(prefix, Shape.TREE) for prefix, _ in waiting]
