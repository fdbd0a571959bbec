"""The address plan. A subnet follows from one number said once: a zone's index, a space's number.

So adding or removing one cannot move another, and two cannot overlap. Of an environment's network the
first eighth is for zones, the second for the transit networks of spaces, the upper half for their own
subnets; the quarter between is spare.
"""

from ipaddress import IPv4Address, IPv4Network

from infra.config import SPACES, Zones
from infra.plan.problem import PlanError

EIGHTH = 3
"""Zones and transit networks each have 1/2**3 of an environment's network."""
HALF = 1
"""The subnets of spaces have 1/2**1 of it."""


def zone_subnets(network: IPv4Network, zones: Zones) -> dict[str, IPv4Network]:
    """The subnet of every zone within `network`; PlanError when an index does not fit."""
    capacity = _capacity(network, zones.prefix, EIGHTH)
    if not capacity:
        raise PlanError(
            "stack",
            ("network",),
            f"network: {network} is too small for zones of /{zones.prefix}; "
            f"take a /{zones.prefix - EIGHTH} or larger",
        )
    for name, zone in zones.zones.items():
        if zone.index >= capacity:
            raise PlanError(
                "zones",
                ("zones", name, "index"),
                f"zone {name} has index {zone.index}, but {network} holds zones 0 to {capacity - 1}; "
                "take a free index or a larger network",
            )
    share = _share(network, EIGHTH, 0)
    return {name: _cut(share, zones.prefix, zone.index) for name, zone in zones.zones.items()}


def transit_block(network: IPv4Network) -> IPv4Network:
    """What holds the transit networks of all spaces: the platform's rules name it as a whole."""
    return _share(network, EIGHTH, 1)


def space_networks(network: IPv4Network, zones: Zones, number: int) -> tuple[IPv4Network, IPv4Network]:
    """Subnet and transit network of the space with this number; PlanError when it does not fit."""
    spaces = zones.spaces
    capacity = min(_capacity(network, spaces.prefix, HALF), _capacity(network, spaces.transit_prefix, EIGHTH))
    if number >= capacity:
        raise PlanError(
            "stack",
            ("number",),
            f"number: {number} is too high, {network} holds {SPACES} 0 to {capacity - 1}; "
            "take a free number or a larger network",
        )
    return (
        _cut(_share(network, HALF, 1), spaces.prefix, number),
        _cut(transit_block(network), spaces.transit_prefix, number),
    )


def host_address(subnet: IPv4Network, number: int) -> IPv4Address:
    """The address of host `number` of a zone or space."""
    return subnet[number]


def gateway(subnet: IPv4Network) -> IPv4Address:
    """The way out: edge router in a zone that has one, space router in a space, core router in a transit."""
    return subnet[1]


def core(subnet: IPv4Network) -> IPv4Address:
    """The core router's address in a zone: the way to other zones and to spaces."""
    return subnet[2]


def pool(subnet: IPv4Network) -> tuple[IPv4Address, IPv4Address]:
    """First and last address of a zone or space for the provider's own ports; never a host's."""
    return subnet[3], subnet[9]


def transit_pool(transit: IPv4Network) -> tuple[IPv4Address, IPv4Address]:
    """First and last address of a transit network that the space's router and floating IPs may get."""
    return transit[2], transit[-2]


def floating_capacity(transit: IPv4Network) -> int:
    """How many hosts of a space can have a floating IP: all of the pool but the router's own address."""
    first, last = transit_pool(transit)
    return int(last) - int(first)


def _capacity(network: IPv4Network, prefix: int, share_bits: int) -> int:
    spare_bits = prefix - network.prefixlen - share_bits
    return 2**spare_bits if spare_bits >= 0 else 0


def _share(network: IPv4Network, bits: int, position: int) -> IPv4Network:
    return _cut(network, network.prefixlen + bits, position)


def _cut(block: IPv4Network, prefix: int, position: int) -> IPv4Network:
    first = int(block.network_address) + position * 2 ** (32 - prefix)
    return IPv4Network((first, prefix))
