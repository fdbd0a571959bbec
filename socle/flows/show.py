"""Draws the matrix, and an answer's way hop by hop, for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from enum import StrEnum

from rich.console import Console
from rich.table import Table

from infra.config import Flow
from infra.plan.reach import Answer
from socle.flows.environment import Environment
from socle.flows.matrix import Matrix, places_of, ports_of

ELSE = "Everything else is closed, both ways, IPv6 included."


class Format(StrEnum):
    """How the matrix is written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


def console() -> Console:
    """As wide as the terminal, or wide enough for a file."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False, emoji=False, markup=False)


def print_table(found: Matrix) -> None:
    """The matrix for a terminal: a row for each place that flows leave, a column for each they enter."""
    drawn = Table(
        title=f"Flows of {found.environment}: from the left to the top", title_justify="left", show_lines=True
    )
    for name in ("from \\ to", *found.targets):
        drawn.add_column(name, overflow="fold")
    for source in found.sources:
        drawn.add_row(source, *("\n".join(_cell(found, source, target)) for target in found.targets))
    screen = console()
    screen.print(drawn)
    for line in _closing(found):
        screen.print(line)


def markdown(found: Matrix) -> str:
    """The matrix as a Markdown table."""
    lines = [f"| from \\ to | {' | '.join(found.targets)} |", "|---" * (len(found.targets) + 1) + "|"]
    for source in found.sources:
        cells = ("<br>".join(_cell(found, source, target)) for target in found.targets)
        lines.append(f"| {source} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_closing(found), ""])


def as_json(environment: Environment) -> str:
    """Every flow with where its ends stand here; `open` is false when no pair of them does."""
    flows = []
    for flow in environment.flows.flows:
        sources, targets = _places(environment, flow.sources), _places(environment, flow.targets)
        placed = {"from_places": sources, "to_places": targets, "open": bool(sources and targets)}
        flows.append({**flow.model_dump(by_alias=True), **placed})
    return json.dumps({"environment": environment.land.environment, "flows": flows}, indent=2) + "\n"


def print_answer(answer: Answer, flows: Iterable[Flow]) -> None:
    """Open or closed, why, and the way with what happens at each hop."""
    screen = console()
    screen.print(f"{'open' if answer.reachable else 'closed'}: {answer.why}")
    for flow in flows:
        if flow.name in answer.flows:
            screen.print(f"  {flow.name}: {flow.reason} ({flow.clause}, {flow.owner})")
    way = Table(box=None, show_header=False, pad_edge=False)
    way.add_column(justify="right")
    for _ in range(3):
        way.add_column(overflow="fold")
    for number, hop in enumerate(answer.hops, start=1):
        way.add_row(str(number), hop.place, "passes" if hop.passes else "STOPS", hop.does)
    screen.print(way)


def _places(environment: Environment, ends: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(place for end in ends for place in places_of(environment, end)))


def _cell(found: Matrix, source: str, target: str) -> list[str]:
    return [f"{ports_of(flow)} {flow.name}" for flow in found.cells.get((source, target), ())]


def _closing(found: Matrix) -> list[str]:
    if not found.closed:
        return [ELSE]
    names = ", ".join(flow.name for flow in found.closed)
    return [f"Not open here, since one end does not stand: {names}.", ELSE]
