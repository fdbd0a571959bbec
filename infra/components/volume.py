"""A data volume: encrypted below the hypervisor, and outliving the server it is attached to."""

from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels


@dataclass(frozen=True)
class DataVolumeArgs:
    """`volume_type`: an encrypted one. `growth`: whether the provider lets it grow while a server has it.

    `protect`: refuse destroy and replacement, and leave it in the cloud even when that is overridden.
    """

    name: str
    labels: Labels
    purpose: str
    size_gib: int
    volume_type: str
    availability_zone: str
    growth: bool
    protect: bool


class DataVolume(pulumi.ComponentResource):
    """One volume of the provider's encrypted type."""

    volume: openstack.blockstorage.Volume

    def __init__(self, args: DataVolumeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the volume."""
        super().__init__("socle:storage:DataVolume", args.name, None, opts)
        self.volume = openstack.blockstorage.Volume(
            args.name,
            name=args.name,
            description=args.purpose,
            size=args.size_gib,
            volume_type=args.volume_type,
            availability_zone=args.availability_zone,
            enable_online_resize=args.growth,
            metadata=args.labels.items(),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        self.register_outputs({"volume_id": self.volume.id})
