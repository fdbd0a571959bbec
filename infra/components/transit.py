"""A transit network: where one space meets the platform, and the only addresses it is known by there.

It is the platform's; the space's project may use it as an external network, for its router's gateway and
for floating IPs, and cannot change it. docs/decisions/0008 says why each space has one of its own.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels
from infra.components.segment import SegmentArgs, make_segment


@dataclass(frozen=True)
class TransitArgs:
    """`gateway`: the core router's address. `pool`: what the space's router and floating IPs may get.

    `project_id`: the Keystone project of the space.
    """

    name: str
    labels: Labels
    purpose: str
    cidr: IPv4Network
    gateway: IPv4Address
    pool: tuple[IPv4Address, IPv4Address]
    core_router_id: pulumi.Input[str]
    project_id: pulumi.Input[str]


class Transit(pulumi.ComponentResource):
    """Network, subnet, the core router's interface, and the right of one project to use it."""

    network_id: pulumi.Output[str]
    network_name: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What must exist before a router can have its gateway here."""

    def __init__(self, args: TransitArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the network, join it to the core router, and let the project use it."""
        super().__init__("socle:network:Transit", args.name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        segment = SegmentArgs(args.name, args.labels, args.purpose, args.cidr, args.gateway, args.pool)
        network, subnet = make_segment(segment, child)
        interface = openstack.networking.RouterInterface(
            args.name, router_id=args.core_router_id, subnet_id=subnet.id, opts=child
        )
        policy = openstack.networking.RbacPolicyV2(
            args.name,
            action="access_as_external",
            object_type="network",
            object_id=network.id,
            target_tenant=args.project_id,
            # A router that is being removed needs the right until it is gone.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[interface]),
        )
        self.network_id, self.network_name = network.id, network.name
        self.ready = [interface, policy]
        self.register_outputs({"network_id": self.network_id, "network_name": self.network_name})
