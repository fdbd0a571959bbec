"""How the planners say that their input cannot be planned, without knowing which file it came from."""

from collections.abc import Iterable
from typing import Literal

Loc = tuple[str | int, ...]
Table = Literal["stack", "zones", "flows", "profile"]


class PlanError(Exception):
    """`what` is wrong and how to fix it, at `loc` of `table` (keys and indexes from its root)."""

    def __init__(self, table: Table, loc: Loc, what: str) -> None:
        """All three are for the reader who will turn them into file and line."""
        super().__init__(what)
        self.table, self.loc, self.what = table, loc, what


def choose(names: Iterable[str]) -> str:
    """The end of a complaint about a name: what may be said instead."""
    listed = ", ".join(sorted(names))
    return f"choose {listed}" if listed else "there is none to choose"
