"""The edge router: the only resource of the platform with a gateway to the external network."""

from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels


@dataclass(frozen=True)
class EdgeArgs:
    """`external_network_id`: the provider's network that leads out."""

    name: str
    labels: Labels
    external_network_id: pulumi.Input[str]


class Edge(pulumi.ComponentResource):
    """A router whose interfaces are added by the zones that it serves."""

    router_id: pulumi.Output[str]

    def __init__(self, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the router."""
        super().__init__("socle:network:Edge", args.name, None, opts)
        router = openstack.networking.Router(
            args.name,
            name=args.name,
            description="The only way between the zones that have a gateway and the outside",
            admin_state_up=True,
            external_network_id=args.external_network_id,
            tags=args.labels.tags(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.router_id = router.id
        self.register_outputs({"router_id": self.router_id})
