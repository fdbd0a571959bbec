"""A zone's network: IPv4 only, port security on, no DHCP, and no name server of anybody's.

Hosts learn their address and routes from the config drive. DHCP would need a rule that lets broadcasts
out of every host, and would advertise the provider's resolvers. A config drive is read at the first boot
only, so what it says may not depend on any flow: one route to the environment's whole network.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels
from infra.components.segment import SegmentArgs, make_segment


@dataclass(frozen=True)
class ZoneNetworkArgs:
    """`environment`: what the core router leads to. `edge_router_id` left out: the zone has no gateway.

    `pool`: addresses for the provider's own ports.
    """

    name: str
    labels: Labels
    purpose: str
    cidr: IPv4Network
    environment: IPv4Network
    gateway: IPv4Address
    core: IPv4Address
    pool: tuple[IPv4Address, IPv4Address]
    core_router_id: pulumi.Input[str]
    edge_router_id: pulumi.Input[str] | None


class ZoneNetwork(pulumi.ComponentResource):
    """Network and subnet of one zone, joined to the core router and, with a gateway, to the edge router."""

    network_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What must exist before a host of the zone can talk, or learn whom it can talk to."""

    def __init__(self, args: ZoneNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create network and subnet, then the routers' interfaces and the route to the core."""
        super().__init__("socle:network:Zone", args.name, None, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        routed = args.edge_router_id is not None
        segment = SegmentArgs(
            args.name, args.labels, args.purpose, args.cidr, args.gateway if routed else None, args.pool
        )
        network, subnet = make_segment(segment, self._child)
        self.network_id, self.subnet_id = network.id, subnet.id
        self.ready = [subnet, *self._to_core(network, subnet)]
        if args.edge_router_id is not None:
            interface = openstack.networking.RouterInterface(
                args.name, router_id=args.edge_router_id, subnet_id=subnet.id, opts=self._child
            )
            self.ready.append(interface)
        self.register_outputs({"network_id": self.network_id, "subnet_id": self.subnet_id})

    def _to_core(
        self, network: openstack.networking.Network, subnet: openstack.networking.Subnet
    ) -> list[pulumi.Resource]:
        """The core router's port at its planned address, its interface, and the route that hosts learn."""
        name = f"{self._args.name}-core"
        port = openstack.networking.Port(
            name,
            name=name,
            description="The core router's port in this zone",
            network_id=network.id,
            admin_state_up=True,
            fixed_ips=[{"subnet_id": subnet.id, "ip_address": str(self._args.core)}],
            # A router sends what others sent: neutron gives the router ports it makes itself no port
            # security and no groups either.
            port_security_enabled=False,
            no_security_groups=True,
            tags=self._args.labels.tags(),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        interface = openstack.networking.RouterInterface(
            name, router_id=self._args.core_router_id, port_id=port.id, opts=self._child
        )
        route = openstack.networking.SubnetRoute(
            name,
            subnet_id=subnet.id,
            destination_cidr=str(self._args.environment),
            next_hop=str(self._args.core),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return [interface, route]
