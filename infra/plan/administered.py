"""Addresses that a host may open SSH to: what a bastion's jump is limited to. No rule itself."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from infra.plan.addresses import transit_pool
from infra.plan.plan import Plan

SSH = 22


def administered(plan: Plan, name: str, transits: Iterable[IPv4Network]) -> list[IPv4Address]:
    """Every declared host that the rules of host `name` (full name) let it reach on port 22, in order.

    A space's hosts are known by the addresses of its transit network (`transits`): which of them the
    provider gives to which host is not planned.
    """
    groups = {placed.name: placed.groups for placed in plan.hosts}[name]
    open_to = [
        rule.remote
        for rule in plan.perimeter.rules
        if rule.group in groups
        and rule.direction == "egress"
        and rule.protocol == "tcp"
        and rule.first <= SSH <= rule.last
    ]
    declared = [placed.address for placed in plan.hosts if placed.name != name]
    for transit in transits:
        first, last = transit_pool(transit)
        declared += [IPv4Address(number) for number in range(int(first), int(last) + 1)]
    return sorted(address for address in declared if any(address in network for network in open_to))
