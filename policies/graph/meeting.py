"""Whether two ends meet: a rule and the card at its other end, an egress rule and an ingress rule, a port."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from policies.graph.perimeter import Rule
from policies.graph.topology import Nic
from policies.net import ANY, EVERYWHERE, Ports, Prefix, covers, overlap
from policies.values import Unknown


def matches(rule: Rule, other: Nic, prefixes: Mapping[str, list[Prefix]]) -> bool | None:
    """Whether a rule's remote end is that card; None when it cannot be known."""
    if rule.prefixes is None:
        member = {one.urn for one in other.groups.found} & {one.urn for one in rule.remote.found}
        return True if member else None if rule.remote.unknown or other.groups.unknown else False
    if isinstance(rule.prefixes, Unknown):
        return None
    where: list[Prefix] = list(other.addresses)
    if not where:
        where = [one for net in other.networks.found for one in prefixes[net.urn]]
    if not where:
        return True if any(one == EVERYWHERE[one.version] for one in rule.prefixes) else None
    return any(overlap(mine, theirs) for mine in rule.prefixes for theirs in where)


def protocols_meet(one: Rule | None, other: Rule | None) -> bool:
    """Whether a packet could pass both; an unknown end could be anything."""
    if one is None or other is None:
        return True
    if isinstance(one.protocol, Unknown) or isinstance(other.protocol, Unknown):
        return True
    if ANY not in (one.protocol, other.protocol) and one.protocol != other.protocol:
        return False
    if isinstance(one.ports, Unknown) or isinstance(other.ports, Unknown):
        return True
    return one.ports.meets(other.ports)


def reaches_port(port: int) -> Callable[[Rule], bool | Unknown]:
    """A question for `lateral`: does the rule open this TCP port."""
    return lambda rule: rule.admits("tcp", Ports(port, port))


def within(prefixes: list[Prefix], one: Prefix) -> bool:
    """Whether one of the prefixes covers it."""
    return any(covers(outer, one) for outer in prefixes)
