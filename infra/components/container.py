"""A versioned object container of the platform's account: readable by its project, and by whom it lets in."""

from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels

GIB = 1024**3


@dataclass(frozen=True)
class ObjectContainerArgs:
    """A container with objects in it is never deleted.

    `protect`: refuse destroy and replacement, and leave it in the cloud even when that is overridden.
    `quota_gib`: what the object store takes in it, old versions apart; no limit when None. `read`, `write`:
    whom else it lets in, as Swift's access lists say it; nobody when None.
    """

    name: str
    labels: Labels
    purpose: str
    protect: bool
    quota_gib: int | None = None
    read: pulumi.Input[str] | None = None
    write: pulumi.Input[str] | None = None


class ObjectContainer(pulumi.ComponentResource):
    """A container that keeps every version of its objects; no access list means private."""

    container_name: pulumi.Output[str]

    def __init__(self, args: ObjectContainerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the container."""
        super().__init__("socle:storage:ObjectContainer", args.name, None, opts)
        quota = {} if args.quota_gib is None else {"quota-bytes": str(args.quota_gib * GIB)}
        container = openstack.objectstorage.Container(
            args.name,
            name=args.name,
            versioning=True,
            container_read=args.read,
            container_write=args.write,
            metadata={**args.labels.items(), "purpose": args.purpose, **quota},
            # Names are unique in a project: the old one must go before a new one of that name can come.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                retain_on_delete=args.protect,
                delete_before_replace=True,
            ),
        )
        self.container_name = container.name
        self.register_outputs({"container_name": self.container_name})
