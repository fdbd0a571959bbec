"""A host: port with the planned address, server, attached volumes. What runs on it is the roles'."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels


@dataclass(frozen=True)
class HostArgs:
    """`metadata` is what the inventory reads; `volumes` become /dev/vdb, vdc… in their order."""

    name: str
    labels: Labels
    metadata: dict[str, str]
    network_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    address: IPv4Address
    group_ids: Sequence[pulumi.Input[str]]
    ready: Sequence[pulumi.Resource]
    image_id: str
    flavor_id: str
    availability_zone: str
    key_pair: pulumi.Input[str]
    volumes: Sequence[openstack.blockstorage.Volume]
    server_group_id: pulumi.Input[str] | None = None
    running: bool = True


class Host(pulumi.ComponentResource):
    """A server with one port. Replacing it keeps the port, so its address and groups stay."""

    port_id: pulumi.Output[str]
    server_id: pulumi.Output[str]

    def __init__(self, args: HostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create port and server, then attach the volumes one after the other."""
        super().__init__("socle:compute:Host", args.name, None, opts)
        port = openstack.networking.Port(
            args.name,
            name=args.name,
            description=f"The only port of {args.name}",
            network_id=args.network_id,
            admin_state_up=True,
            port_security_enabled=True,
            fixed_ips=[{"subnet_id": args.subnet_id, "ip_address": str(args.address)}],
            security_group_ids=list(args.group_ids),
            tags=args.labels.tags(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.ready], delete_before_replace=True),
        )
        server = openstack.compute.Instance(
            args.name,
            name=args.name,
            image_id=args.image_id,
            flavor_id=args.flavor_id,
            availability_zone=args.availability_zone,
            key_pair=args.key_pair,
            config_drive=True,
            power_state=None if args.running else "shutoff",
            networks=[{"port": port.id}],
            metadata=args.metadata,
            tags=args.labels.tags(),
            scheduler_hints=[{"group": args.server_group_id}] if args.server_group_id is not None else None,
            # The port can serve one server at a time. The volumes come first and go last, so that
            # deleting the server is what detaches them (see below).
            # A newer image would rebuild the server in place, host key and root disk included: whoever
            # wants that asks for it, host by host, with `pulumi up --replace`.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*args.volumes],
                delete_before_replace=True,
                ignore_changes=["image_id"],
            ),
        )
        previous: pulumi.Resource = server
        for index, volume in enumerate(args.volumes):
            previous = openstack.compute.VolumeAttach(
                f"{args.name}-{index}",
                instance_id=server.id,
                volume_id=volume.id,
                # One after the other: the order decides the device. Never detached on its own: a
                # server in ERROR refuses that (409), while deleting server or volume detaches anyway.
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=[previous], retain_on_delete=True, delete_before_replace=True
                ),
            )
        self.port_id, self.server_id = port.id, server.id
        self.register_outputs({"port_id": self.port_id, "server_id": self.server_id})
