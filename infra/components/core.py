"""The core router: between zones and to spaces, without any way out."""

from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels


@dataclass(frozen=True)
class CoreArgs:
    """What the router is called and whose it is."""

    name: str
    labels: Labels


class Core(pulumi.ComponentResource):
    """A router whose interfaces are added by the zones and by the transit networks of spaces.

    It has no external gateway: a zone that only this router serves is closed to the outside by the lack
    of a route, whatever any rule says.
    """

    router_id: pulumi.Output[str]

    def __init__(self, args: CoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the router."""
        super().__init__("socle:network:Core", args.name, None, opts)
        router = openstack.networking.Router(
            args.name,
            name=args.name,
            description="Between the zones and to the spaces; it leads nowhere else",
            admin_state_up=True,
            tags=args.labels.tags(),
            # A port of a zone cannot be on two routers. Also, what depends on it then goes first: the guard.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.router_id = router.id
        self.register_outputs({"router_id": self.router_id})
