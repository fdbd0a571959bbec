"""Which flows make sense: known ends, a path that can exist, a port that is served. Opens nothing."""

from collections.abc import Collection
from itertools import product

from infra.config import SPACES, Flow, Flows, Profile, Zones
from infra.plan.problem import PlanError, choose


def known_ends(zones: Zones, profile: Profile) -> frozenset[str]:
    """Every end that a flow may name, whether it stands in this environment or not."""
    known = {f"zone/{name}" for name in (*zones.zones, SPACES)}
    known |= {f"role/{role}" for zone in zones.zones.values() for role in zone.roles}
    known |= {f"role/{role}" for role in zones.spaces.roles}
    return frozenset(known | {f"outside/{name}" for name in profile.outside})


def space_ends(zones: Zones) -> frozenset[str]:
    """The ends that mean hosts of project spaces."""
    return frozenset({f"zone/{SPACES}", *(f"role/{role}" for role in zones.spaces.roles)})


def check_flows(flows: Flows, zones: Zones, profile: Profile) -> None:
    """PlanError for the first flow that makes no sense."""
    known, spaces = known_ends(zones, profile), space_ends(zones)
    for index, flow in enumerate(flows.flows):
        _check_ends(flow, index, known)
        _check_path(flow, index, zones, spaces)
        _check_ports(flow, index, profile)


def _check_ends(flow: Flow, index: int, known: Collection[str]) -> None:
    for key, ends in (("from", flow.sources), ("to", flow.targets)):
        for position, end in enumerate(ends):
            if end not in known:
                kind, _, name = end.partition("/")
                near = [other for other in known if other.startswith(f"{kind}/")]
                what = f"flow {flow.name}: {kind} {name} is unknown; {choose(near)}"
                raise PlanError("flows", ("flows", index, key, position), what)


def _check_path(flow: Flow, index: int, zones: Zones, spaces: Collection[str]) -> None:
    """Refuse what no router would carry, or what would join spaces to each other or to the world."""
    places = product(enumerate(flow.sources), enumerate(flow.targets))
    for (from_place, source), (to_place, target) in places:
        begins, ends = ("flows", index, "from", from_place), ("flows", index, "to", to_place)
        if source in spaces and target in spaces:
            what = f"flow {flow.name} is between spaces, which never meet; go through a role of the platform"
            raise PlanError("flows", ends, what)
        for loc, end, other in ((begins, source, target), (ends, target, source)):
            if other.startswith("outside/") and (why := _no_way_out(end, zones, spaces)):
                raise PlanError("flows", loc, f"flow {flow.name} joins {end} and {other}, but {why}")


def _no_way_out(end: str, zones: Zones, spaces: Collection[str]) -> str:
    """Why hosts of this end cannot meet the outside, and what to do instead; empty when they can."""
    if end in spaces:
        return "no space meets the outside; go through a role of a zone with a gateway"
    closed = [name for name in _homes(end, zones) if not zones.zones[name].gateway]
    return f"zone {closed[0]} has no gateway; go through a role of a zone that has one" if closed else ""


def _homes(end: str, zones: Zones) -> tuple[str, ...]:
    """Every zone in which hosts of this end may live. One without a gateway is enough to refuse:
    the same line must mean the same for every host."""
    kind, _, name = end.partition("/")
    if kind == "zone":
        return (name,)
    return tuple(zone for zone, said in zones.zones.items() if name in said.roles)


def _check_ports(flow: Flow, index: int, profile: Profile) -> None:
    for target, protocol in product(flow.targets, flow.protocols):
        outside = profile.outside.get(target.removeprefix("outside/")) if "outside/" in target else None
        served = outside.ports if outside is not None else ()
        for position, port in enumerate(flow.ports):
            if served and f"{port}/{protocol}" not in served:
                what = (
                    f"flow {flow.name}: {target} answers {', '.join(served)} only, "
                    f"not {port}/{protocol}; correct the flow or the profile"
                )
                raise PlanError("flows", ("flows", index, "ports", position), what)
