"""The flow table as a matrix: which flows lead from one place to another. Pure; drawing is in show.py."""

from __future__ import annotations

from dataclasses import dataclass

from infra.config import SPACES, Flow
from infra.plan.admissible import space_ends
from socle.flows.environment import Environment

OUTSIDE = "outside"


@dataclass(frozen=True)
class Matrix:
    """`cells`: flows by (from, to), in the table's order. `closed`: flows of which no pair of ends stands.

    Places are "outside", the zones that stand, in the order of their index, and "spaces".
    """

    environment: str
    cells: dict[tuple[str, str], tuple[Flow, ...]]
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    closed: tuple[Flow, ...]


def matrix(environment: Environment) -> Matrix:
    """Of one environment; places that no flow leaves (or enters) have no row (or column)."""
    cells: dict[tuple[str, str], tuple[Flow, ...]] = {}
    closed = []
    for flow in environment.flows.flows:
        ends = [
            (source, target)
            for one, other in flow.pairs
            for source in places_of(environment, one)
            for target in places_of(environment, other)
        ]
        if not ends:
            closed.append(flow)
        for pair in dict.fromkeys(ends):
            cells[pair] = (*cells.get(pair, ()), flow)
    order = [OUTSIDE, *_by_index(environment), SPACES]
    return Matrix(
        environment.land.environment,
        cells,
        tuple(place for place in order if any(source == place for source, _ in cells)),
        tuple(place for place in order if any(target == place for _, target in cells)),
        tuple(closed),
    )


def places_of(environment: Environment, end: str) -> tuple[str, ...]:
    """Where an end of a flow stands in this environment; nowhere gives nothing."""
    kind, _, name = end.partition("/")
    if kind == OUTSIDE:
        return (OUTSIDE,)
    if end in space_ends(environment.zones):
        return (SPACES,)
    if kind == "zone":
        return (name,) if name in environment.land.plan.subnets else ()
    zones = {placed.zone for placed in environment.land.plan.hosts if name in placed.host.roles}
    return tuple(zone for zone in _by_index(environment) if zone in zones)


def ports_of(flow: Flow) -> str:
    """`tcp 22,8000-8010`, `udp+tcp 53`."""
    return f"{'+'.join(flow.protocols)} {','.join(str(port) for port in flow.ports)}"


def _by_index(environment: Environment) -> list[str]:
    return sorted(environment.land.plan.subnets, key=lambda name: environment.zones.zones[name].index)
