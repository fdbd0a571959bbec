"""A space's own network behind its own router, whose only way on is the space's transit network.

IPv4 only, port security on, no DHCP and no name server, as in zones and for the same reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels
from infra.components.segment import SegmentArgs, make_segment


@dataclass(frozen=True)
class SpaceNetworkArgs:
    """`transit_id`: the network that the router's gateway is on, once `transit_ready` exists."""

    name: str
    labels: Labels
    purpose: str
    cidr: IPv4Network
    gateway: IPv4Address
    pool: tuple[IPv4Address, IPv4Address]
    transit_id: pulumi.Input[str]
    transit_ready: Sequence[pulumi.Resource]


class SpaceNetwork(pulumi.ComponentResource):
    """Router, network and subnet of one space."""

    network_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What must exist before a host of the space can talk, or have a floating IP."""

    def __init__(self, args: SpaceNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the router with its gateway, then the network behind it."""
        super().__init__("socle:network:Space", args.name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Which address of the transit network it gets, and whether it hides its hosts behind that, only an
        # operator's administrator may choose.
        router = openstack.networking.Router(
            args.name,
            name=args.name,
            description="The only way between this space and the platform",
            admin_state_up=True,
            external_network_id=args.transit_id,
            tags=args.labels.tags(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.transit_ready]),
        )
        segment = SegmentArgs(args.name, args.labels, args.purpose, args.cidr, args.gateway, args.pool)
        network, subnet = make_segment(segment, child)
        interface = openstack.networking.RouterInterface(
            args.name, router_id=router.id, subnet_id=subnet.id, opts=child
        )
        self.network_id, self.subnet_id, self.ready = network.id, subnet.id, [subnet, interface]
        self.register_outputs({"network_id": self.network_id, "subnet_id": self.subnet_id})
