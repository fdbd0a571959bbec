"""Flows become rules: for each one, egress where it starts and ingress where it ends; nothing else.

Rules name addresses, not groups: they are whole before anything exists, hold across projects that
cannot see each other's groups, and are the same facts the hosts' nftables are made of. Port security
is what makes an address an identity (docs/decisions/0004). A space is seen from the platform by its
transit network only, so the platform's rules name the block of all transits, and a space's own rules
name the platform's addresses (docs/decisions/0008).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import product
from typing import Literal

from infra.config import SPACES, Flow, Flows, Platform, Profile, Protocol, Zones, port_range
from infra.plan.addresses import transit_block
from infra.plan.admissible import space_ends
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
    """What the ends of flows stand for, seen from one stack. An end without prefixes stands elsewhere.

    `own`: the ends that are groups of this stack; the others are peers, which it cannot filter.
    `arrivals`: what everything from peers looks like here, when a router shows its own address for it.
    """

    prefixes: Mapping[str, tuple[IPv4Network, ...]]
    own: frozenset[str]
    arrivals: IPv4Network | None = None

    def as_sources(self, end: str) -> tuple[IPv4Network, ...]:
        """The addresses under which what `end` sends arrives here."""
        if self.arrivals is None or end in self.own or end not in self.prefixes:
            return self.prefixes.get(end, ())
        return (self.arrivals,)


def platform_places(
    platform: Platform,
    zones: Zones,
    profile: Profile,
    subnets: Mapping[str, IPv4Network],
    hosts: Iterable[Placed],
) -> Places:
    """Seen from the platform: its zones and roles are its own, spaces are one block."""
    prefixes: dict[str, tuple[IPv4Network, ...]] = {
        f"zone/{name}": (subnets[name],) for name in platform.zones
    }
    prefixes |= _roles(hosts)
    own = frozenset(prefixes)
    prefixes |= dict.fromkeys(space_ends(zones), (transit_block(platform.network),))
    for name, outside in profile.outside.items():
        for index, prefix in enumerate(outside.prefixes):
            if prefix.overlaps(platform.network):
                raise PlanError(
                    "profile",
                    ("outside", name, "prefixes", index),
                    f"{prefix} overlaps the environment's {platform.network}; name what is outside it",
                )
        prefixes[f"outside/{name}"] = outside.prefixes
    return Places(prefixes, own)


def space_places(
    seen: Places, subnet: IPv4Network, hosts: Iterable[Placed], arrivals: IPv4Network | None
) -> Places:
    """Seen from a space: its own hosts, and of `seen` by the platform what belongs to the platform."""
    own = {f"zone/{SPACES}": (subnet,), **_roles(hosts)}
    peers = {end: prefixes for end, prefixes in seen.prefixes.items() if end in seen.own}
    return Places({**peers, **own}, frozenset(own), arrivals)


def perimeter(flows: Flows, where: Places) -> Perimeter:
    """Every rule the flows ask for in this stack."""
    rules: dict[Rule, list[str]] = {}
    for flow in flows.flows:
        for rule in flow_rules(flow, where):
            rules.setdefault(rule, []).append(flow.name)
    return Perimeter(tuple(sorted(where.own)), {rule: tuple(sorted(rules[rule])) for rule in sorted(rules)})


def flow_rules(flow: Flow, where: Places) -> frozenset[Rule]:
    """The rules of one flow: for every pair of its ends of which both stand here."""
    return frozenset(
        rule
        for source, target in flow.pairs
        for protocol, port in product(flow.protocols, flow.ports)
        for rule in _pair_rules(source, target, (protocol, *port_range(port)), where)
    )


def _pair_rules(
    source: str, target: str, service: tuple[Protocol, int, int], where: Places
) -> Iterator[Rule]:
    if source in where.own:
        yield from (Rule(source, "egress", *service, remote) for remote in where.prefixes.get(target, ()))
    if target in where.own:
        yield from (Rule(target, "ingress", *service, remote) for remote in where.as_sources(source))


def _roles(hosts: Iterable[Placed]) -> dict[str, tuple[IPv4Network, ...]]:
    found: dict[str, tuple[IPv4Network, ...]] = {}
    for placed in hosts:
        for role in placed.host.roles:
            found[f"role/{role}"] = (*found.get(f"role/{role}", ()), IPv4Network(placed.address))
    return found
