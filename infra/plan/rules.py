"""Flows become rules: for each one, egress where it starts and ingress where it ends; nothing else.

Rules name addresses, not groups: they are whole before anything exists, hold across projects that
cannot see each other's groups, and are the same facts the hosts' nftables are made of. Port security
is what makes an address an identity. (docs/decisions/0004)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from infra.config import Flow, Flows, Platform, Profile, Protocol, Zones, port_range
from infra.plan.placement import Placed
from infra.plan.problem import PlanError

Direction = Literal["egress", "ingress"]


@dataclass(frozen=True, order=True)
class Rule:
    """What one security-group rule lets through; `remote` is the other side."""

    group: str
    direction: Direction
    protocol: Protocol
    first: int
    last: int
    remote: IPv4Network

    @property
    def ports(self) -> str:
        """`22` or `8000-8010`."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Perimeter:
    """The groups that stand, and every rule with the names of the flows that want it."""

    groups: tuple[str, ...]
    rules: Mapping[Rule, tuple[str, ...]]


@dataclass(frozen=True)
class Places:
    """What the endpoints of flows stand for in one environment."""

    prefixes: Mapping[str, tuple[IPv4Network, ...]]
    known: frozenset[str]
    """Every endpoint of any environment; a known one without prefixes stands elsewhere."""


def places(
    platform: Platform,
    zones: Zones,
    profile: Profile,
    subnets: Mapping[str, IPv4Network],
    hosts: Iterable[Placed],
) -> Places:
    """Addresses behind zone/…, role/… and outside/… in this environment."""
    prefixes: dict[str, tuple[IPv4Network, ...]] = {}
    for name in platform.zones:
        prefixes[f"zone/{name}"] = (subnets[name],)
    for placed in hosts:
        role = f"role/{placed.host.role}"
        prefixes[role] = (*prefixes.get(role, ()), IPv4Network(placed.address))
    for name, outside in profile.outside.items():
        for index, prefix in enumerate(outside.prefixes):
            if prefix.overlaps(platform.network):
                raise PlanError(
                    "profile",
                    ("outside", name, "prefixes", index),
                    f"{prefix} overlaps the environment's {platform.network}; name what is outside it",
                )
        prefixes[f"outside/{name}"] = outside.prefixes
    known = {*prefixes, *(f"zone/{name}" for name in zones.zones)}
    known |= {f"role/{role}" for zone in zones.zones.values() for role in zone.roles}
    return Places(prefixes, frozenset(known))


def perimeter(flows: Flows, profile: Profile, where: Places) -> Perimeter:
    """Every rule the flows ask for in this environment; PlanError for a flow that makes no sense."""
    rules: dict[Rule, list[str]] = {}
    for index, flow in enumerate(flows.flows):
        _check(flow, index, profile, where)
        for rule in flow_rules(flow, where):
            rules.setdefault(rule, []).append(flow.name)
    groups = tuple(sorted(name for name in where.prefixes if not name.startswith("outside/")))
    return Perimeter(groups, {rule: tuple(sorted(rules[rule])) for rule in sorted(rules)})


def flow_rules(flow: Flow, where: Places) -> list[Rule]:
    """The rules of one flow: none when one of its ends does not stand in this environment."""
    sources, targets = where.prefixes.get(flow.source, ()), where.prefixes.get(flow.target, ())
    if not sources or not targets:
        return []
    rules = []
    for first, last in map(port_range, flow.ports):
        if not flow.source.startswith("outside/"):
            rules += [Rule(flow.source, "egress", flow.protocol, first, last, remote) for remote in targets]
        if not flow.target.startswith("outside/"):
            rules += [Rule(flow.target, "ingress", flow.protocol, first, last, remote) for remote in sources]
    return rules


def _check(flow: Flow, index: int, profile: Profile, where: Places) -> None:
    for key, endpoint in (("from", flow.source), ("to", flow.target)):
        if endpoint not in where.known:
            kind, _, name = endpoint.partition("/")
            near = sorted(other for other in where.known if other.startswith(f"{kind}/"))
            what = f"flow {flow.name}: {kind} {name} is unknown; choose {', '.join(near)}"
            raise PlanError("flows", ("flows", index, key), what)
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
