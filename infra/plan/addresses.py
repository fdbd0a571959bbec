"""The address plan: which subnet a zone has. It follows from the zone's index alone.

So adding or removing a zone cannot move another, and two zones cannot overlap.
"""

from ipaddress import IPv4Address, IPv4Network

from infra.config import Zones
from infra.plan.problem import PlanError

ZONES_SHARE = 3
"""Zones take the first 1/2**3 of an environment's network; project spaces will be cut from the rest."""


def zone_subnets(network: IPv4Network, zones: Zones) -> dict[str, IPv4Network]:
    """The subnet of every zone within `network`; PlanError when an index does not fit."""
    spare_bits = zones.prefix - network.prefixlen - ZONES_SHARE
    if spare_bits < 0:
        raise PlanError(
            "stack",
            ("network",),
            f"network: {network} is too small for zones of /{zones.prefix}; "
            f"take a /{zones.prefix - ZONES_SHARE} or larger",
        )
    capacity: int = 2**spare_bits
    subnets = {}
    for name, zone in zones.zones.items():
        if zone.index >= capacity:
            raise PlanError(
                "zones",
                ("zones", name, "index"),
                f"zone {name} has index {zone.index}, but {network} holds zones 0 to {capacity - 1}; "
                "take a free index or a larger network",
            )
        size = 2 ** (32 - zones.prefix)
        first = int(network.network_address) + zone.index * size
        subnets[name] = IPv4Network((first, zones.prefix))
    return subnets


def host_address(subnet: IPv4Network, number: int) -> IPv4Address:
    """The address of host `number` of a zone."""
    return subnet[number]


def gateway(subnet: IPv4Network) -> IPv4Address:
    """The edge router's address in a zone."""
    return subnet[1]


def pool(subnet: IPv4Network) -> tuple[IPv4Address, IPv4Address]:
    """First and last address the provider may give to its own ports; never a host's."""
    return subnet[2], subnet[9]
