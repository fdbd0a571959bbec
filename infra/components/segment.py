"""A network and its subnet, as every part of an environment has them: IPv4, port security, no DHCP.

No component of its own: what it makes belongs to the component that asks for it.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels


@dataclass(frozen=True)
class SegmentArgs:
    """`gateway` left out: no default route. `pool`: addresses that the provider may give away."""

    name: str
    labels: Labels
    purpose: str
    cidr: IPv4Network
    gateway: IPv4Address | None
    pool: tuple[IPv4Address, IPv4Address]


def make_segment(
    args: SegmentArgs, opts: pulumi.ResourceOptions
) -> tuple[openstack.networking.Network, openstack.networking.Subnet]:
    """Create the network, then the subnet in it."""
    network = openstack.networking.Network(
        args.name,
        name=args.name,
        description=args.purpose,
        admin_state_up=True,
        port_security_enabled=True,
        tags=args.labels.tags(),
        opts=opts,
    )
    subnet = openstack.networking.Subnet(
        args.name,
        name=args.name,
        description=args.purpose,
        network_id=network.id,
        ip_version=4,
        cidr=str(args.cidr),
        gateway_ip=str(args.gateway) if args.gateway is not None else None,
        no_gateway=None if args.gateway is not None else True,
        enable_dhcp=False,
        allocation_pools=[{"start": str(args.pool[0]), "end": str(args.pool[1])}],
        tags=args.labels.tags(),
        opts=opts,
    )
    return network, subnet
