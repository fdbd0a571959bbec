"""A floating IP on a host's port: the bastion's outside, a workstation's on its space's transit network."""

from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels


@dataclass(frozen=True)
class FloatingAddressArgs:
    """`external_network`: by name. `ready`: what must exist first, or the provider refuses."""

    name: str
    labels: Labels
    purpose: str
    external_network: pulumi.Input[str]
    port_id: pulumi.Input[str]
    ready: list[pulumi.Resource]


class FloatingAddress(pulumi.ComponentResource):
    """An address that is kept while the host behind it is replaced."""

    address: pulumi.Output[str]

    def __init__(self, args: FloatingAddressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Allocate the address and tie it to the port."""
        super().__init__("socle:network:FloatingAddress", args.name, None, opts)
        floating = openstack.networking.FloatingIp(
            args.name,
            pool=args.external_network,
            description=args.purpose,
            tags=args.labels.tags(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.ready),
        )
        tie = openstack.networking.FloatingIpAssociate(
            args.name,
            floating_ip=floating.address,
            port_id=args.port_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.ready, delete_before_replace=True),
        )
        self.address = tie.floating_ip
        self.register_outputs({"address": self.address})
