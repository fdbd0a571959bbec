"""A stack's own table and those it is read with: what planners complain about gets its file and line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from infra.facts import Document, FactError
from infra.plan.problem import PlanError
from infra.stackfile import PROJECT

Planned = TypeVar("Planned")


@dataclass(frozen=True)
class Source:
    """Where a stack's table stands in which file. `tables`: the others, by the names that planners use."""

    stack: str
    document: Document
    layer: str
    tables: Mapping[str, Document] = field(default_factory=dict)

    @property
    def at(self) -> tuple[str, str]:
        """Where the table begins in the document."""
        return "config", f"{PROJECT}:{self.layer}"

    def plan(self, make: Callable[[], Planned]) -> Planned:
        """What `make` plans; FactError when it cannot."""
        try:
            return make()
        except PlanError as error:
            raise self.error(error) from None

    def error(self, complaint: PlanError) -> FactError:
        """The complaint as one line with file and line."""
        if complaint.table == "stack":
            return self.document.error((*self.at, *complaint.loc), complaint.what)
        return self.tables[complaint.table].error(complaint.loc, complaint.what)
