"""A zone's network: IPv4 only, port security on, no DHCP, and no name server of anybody's.

Hosts learn their address from the config drive. DHCP would need a rule that lets broadcasts out
of every host, and would advertise the provider's resolvers.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels


@dataclass(frozen=True)
class ZoneNetworkArgs:
    """`router_id` left out: the zone has no gateway. `pool`: addresses for the provider's own ports."""

    name: str
    labels: Labels
    purpose: str
    cidr: IPv4Network
    gateway: IPv4Address
    pool: tuple[IPv4Address, IPv4Address]
    router_id: pulumi.Input[str] | None


class ZoneNetwork(pulumi.ComponentResource):
    """Network and subnet of one zone, joined to the edge router when the zone has a gateway."""

    network_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What must exist before a host of the zone can talk."""

    def __init__(self, args: ZoneNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create network, subnet and, with a gateway, the router's interface."""
        super().__init__("socle:network:Zone", args.name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        network = openstack.networking.Network(
            args.name,
            name=args.name,
            description=args.purpose,
            admin_state_up=True,
            port_security_enabled=True,
            tags=args.labels.tags(),
            opts=child,
        )
        routed = args.router_id is not None
        subnet = openstack.networking.Subnet(
            args.name,
            name=args.name,
            description=args.purpose,
            network_id=network.id,
            ip_version=4,
            cidr=str(args.cidr),
            gateway_ip=str(args.gateway) if routed else None,
            no_gateway=None if routed else True,
            enable_dhcp=False,
            allocation_pools=[{"start": str(args.pool[0]), "end": str(args.pool[1])}],
            tags=args.labels.tags(),
            opts=child,
        )
        self.network_id, self.subnet_id, self.ready = network.id, subnet.id, [subnet]
        if args.router_id is not None:
            interface = openstack.networking.RouterInterface(
                args.name, router_id=args.router_id, subnet_id=subnet.id, opts=child
            )
            self.ready.append(interface)
        self.register_outputs({"network_id": self.network_id, "subnet_id": self.subnet_id})
