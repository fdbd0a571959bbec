"""Security groups and their rules, as Neutron reads them: what is missing is wide, not narrow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from policies.graph.refs import Index, Refs
from policies.net import ALL_PORTS, ANY, EVERYWHERE, Ports, Prefix, ports, prefix, protocol
from policies.snapshot import Resource
from policies.values import UNKNOWN, Unknown, Value, known

GROUP, RULE = "networking/secGroup", "networking/secGroupRule"
ADDRESSES = "networking/addressGroupV2"


@dataclass(frozen=True)
class Rule:
    """One rule. `prefixes`: what it lets through, None when by group; everywhere when it says nothing."""

    resource: Resource | None
    ingress: bool | Unknown
    version: int
    protocol: str | Unknown
    ports: Ports | Unknown
    prefixes: tuple[Prefix, ...] | Unknown | None
    remote: Refs
    group: Refs

    def __str__(self) -> str:
        """`tcp 22 from 0.0.0.0/0`, for messages."""
        way = "from" if self.ingress is True else "to"
        if self.prefixes is None:
            whom = "group " + ", ".join([one.name for one in self.remote.found] + list(self.remote.outside))
        elif isinstance(self.prefixes, Unknown):
            whom = "[unknown]"
        else:
            whom = ", ".join(str(one) for one in self.prefixes)
        through = ANY if self.protocol == ANY else f"{self.protocol} {self.ports}"
        return f"{through} {way} {whom}" + (f" ({self.resource.name})" if self.resource else "")

    def admits(self, wanted: str, port: Ports) -> bool | Unknown:
        """Whether it lets through a packet of this protocol to one of these ports."""
        if isinstance(self.protocol, Unknown) or isinstance(self.ports, Unknown):
            return UNKNOWN
        return self.protocol in (ANY, wanted) and self.ports.meets(port)


def read_rule(resource: Resource, index: Index) -> Rule:
    """A rule as it will be applied."""
    direction = resource.text("direction")
    said = protocol(resource.get("protocol"))
    version = 6 if resource.text("ethertype") == "IPv6" else 4
    remote = index.follow(resource, "remoteGroupId", GROUP)
    return Rule(
        resource=resource,
        ingress=UNKNOWN if isinstance(direction, Unknown) else direction == "ingress",
        version=version,
        protocol=said,
        ports=ports(resource.get("portRangeMin"), resource.get("portRangeMax"), said),
        prefixes=None if not remote.empty else _prefixes(resource, version, index),
        remote=remote,
        group=index.follow(resource, "securityGroupId", GROUP),
    )


def _prefixes(resource: Resource, version: int, index: Index) -> tuple[Prefix, ...] | Unknown:
    listed = index.follow(resource, "remoteAddressGroupId", ADDRESSES)
    if not listed.empty:
        if not listed.sure:
            return UNKNOWN
        found = [prefix(item) for one in listed.found for item in _addresses(one)]
        return UNKNOWN if any(isinstance(one, Unknown) for one in found) else tuple(found)  # type: ignore[arg-type]
    said = resource.get("remoteIpPrefix")
    if said is None:
        return (EVERYWHERE[version],)
    one = prefix(said)
    return one if isinstance(one, Unknown) else (one,)


def _addresses(group: Resource) -> list[Value]:
    said = group.items("addresses")
    return [UNKNOWN] if isinstance(said, Unknown) else list(said)


@dataclass
class Perimeter:
    """All groups with their rules. `strays`: rules whose group is not, or not surely, one of the stack."""

    rules: list[Rule] = field(default_factory=list)
    by_group: dict[str, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    strays: list[Rule] = field(default_factory=list)

    @classmethod
    def of(cls, index: Index) -> Perimeter:
        """From all rules of the stack; a group that keeps Neutron's default rules has them too."""
        made = cls()
        for resource in index.all(RULE):
            rule = read_rule(resource, index)
            made.rules.append(rule)
            for group in rule.group.found:
                made.by_group[group.urn].append(rule)
            if not rule.group.sure:
                made.strays.append(rule)
        for group in index.all(GROUP):
            if group.flag("deleteDefaultRules") is not True:
                made.by_group[group.urn] += [_default_egress(group, version) for version in (4, 6)]
        return made


def _default_egress(group: Resource, version: int) -> Rule:
    """What Neutron gives every new group: all egress of both versions."""
    return Rule(None, False, version, ANY, ALL_PORTS, (EVERYWHERE[version],), Refs(), Refs(found=(group,)))


def readable(resource: Resource, *names: str) -> bool:
    """Whether none of these properties is unknown."""
    return all(known(resource.get(name)) for name in names)
