"""Which flows make sense: known ends, a path that can exist, a port that is served. Opens nothing."""

from collections.abc import Collection

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
    for key, end in (("from", flow.source), ("to", flow.target)):
        if end not in known:
            kind, _, name = end.partition("/")
            near = [other for other in known if other.startswith(f"{kind}/")]
            what = f"flow {flow.name}: {kind} {name} is unknown; {choose(near)}"
            raise PlanError("flows", ("flows", index, key), what)


def _check_path(flow: Flow, index: int, zones: Zones, spaces: Collection[str]) -> None:
    """Refuse what no router would carry, or what would join spaces to each other or to the world."""
    pairs = (("from", flow.source, flow.target), ("to", flow.target, flow.source))
    if flow.source in spaces and flow.target in spaces:
        what = f"flow {flow.name} is between spaces, which never meet; go through a role of the platform"
        raise PlanError("flows", ("flows", index, "to"), what)
    for key, end, other in pairs:
        if not other.startswith("outside/"):
            continue
        if end in spaces:
            what = (
                f"flow {flow.name} joins {end} and {other}, but no space meets the outside; "
                "go through a role of a zone with a gateway"
            )
            raise PlanError("flows", ("flows", index, key), what)
        for name in _homes(end, zones):
            if not zones.zones[name].gateway:
                what = (
                    f"flow {flow.name} joins {end} and {other}, but zone {name} has no gateway; "
                    "go through a role of a zone that has one"
                )
                raise PlanError("flows", ("flows", index, key), what)


def _homes(end: str, zones: Zones) -> tuple[str, ...]:
    """Every zone in which hosts of this end may live. One without a gateway is enough to refuse:
    the same line must mean the same for every host."""
    kind, _, name = end.partition("/")
    if kind == "zone":
        return (name,)
    return tuple(zone for zone, said in zones.zones.items() if name in said.roles)


def _check_ports(flow: Flow, index: int, profile: Profile) -> None:
    outside = profile.outside.get(flow.target.removeprefix("outside/")) if "outside/" in flow.target else None
    if outside is None or not outside.ports:
        return
    for position, port in enumerate(flow.ports):
        if f"{port}/{flow.protocol}" not in outside.ports:
            what = (
                f"flow {flow.name}: {flow.target} answers {', '.join(outside.ports)} only, "
                f"not {port}/{flow.protocol}; correct the flow or the profile"
            )
            raise PlanError("flows", ("flows", index, "ports", position), what)
