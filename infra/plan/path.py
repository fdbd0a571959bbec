"""The routers between two parties: what carries a packet, and where it finds no way on.

What is let through is the rules' business (reach.py); this is about routes, which no flow changes.
"""

from dataclasses import dataclass

from infra.config import SPACES
from infra.plan.addresses import core, gateway
from infra.plan.landscape import NOWHERE, OUTSIDE, Landscape, Party


@dataclass(frozen=True)
class Hop:
    """One step: where, what happens there, and whether the packet gets past it."""

    place: str
    does: str
    passes: bool


def route(land: Landscape, one: Party, other: Party) -> list[Hop]:
    """The hops between `one` and `other`, filters of the two left out."""
    if NOWHERE in (one.where, other.where):
        lost = one if one.where == NOWHERE else other
        return [Hop("core router", f"knows no network of {lost.label}", False)]
    if one.space is not None and one.space is other.space:
        return [Hop(f"network of space {one.space.name}", "carries it; no router between", True)]
    if one.where == other.where != SPACES:
        return [Hop(f"network of zone {one.where}", "carries it; no router between", True)]
    if OUTSIDE in (one.where, other.where):
        return _to_or_from_outside(land, one, other)
    return [*_out_of_space(land, one), _across(land, one, other), *_into_space(land, other)]


def _to_or_from_outside(land: Landscape, one: Party, other: Party) -> list[Hop]:
    inside = other if one.where == OUTSIDE else one
    if inside.space is not None:
        no_way = Hop(f"router {land.environment}-core", "has no external gateway: no way in or out", False)
        leaving = _out_of_space(land, one)
        return [*leaving, no_way]
    if inside.where not in land.plan.gateways:
        what = "has no gateway: its hosts have no default route, and no router leads there from outside"
        return [Hop(f"zone {inside.where}", what, False)]
    edge = f"router {land.environment}-edge"
    if one.where == OUTSIDE:
        return [Hop(edge, "enters by the host's floating IP (DNAT), if it has one", True)]
    way = gateway(land.plan.subnets[inside.where])
    return [Hop(edge, f"default route via {way}; leaves with an external address (SNAT)", True)]


def _out_of_space(land: Landscape, one: Party) -> list[Hop]:
    if one.space is None:
        return []
    does = (
        f"default route via {gateway(one.space.subnet)}; leaves as an address of {one.space.transit} (SNAT)"
    )
    return [Hop(f"router {land.environment}-{one.space.name}", does, True)]


def _across(land: Landscape, one: Party, other: Party) -> Hop:
    does = "takes it from " + (f"transit {one.space.transit}" if one.space else _zone_route(land, one))
    does += " to " + (f"transit {other.space.transit}" if other.space else f"zone {other.where}")
    return Hop(f"router {land.environment}-core", does, True)


def _zone_route(land: Landscape, one: Party) -> str:
    return f"zone {one.where} (route {land.plan.network} via {core(land.plan.subnets[one.where])})"


def _into_space(land: Landscape, other: Party) -> list[Hop]:
    if other.space is None:
        return []
    does = f"enters by the host's floating IP in {other.space.transit} (DNAT)"
    return [Hop(f"router {land.environment}-{other.space.name}", does, True)]
