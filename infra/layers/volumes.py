"""The data volumes of a stack's hosts: they come before the servers, and may stay without them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.components.labels import Labels
from infra.components.volume import DataVolume, DataVolumeArgs
from infra.config import Profile, Volume
from infra.plan.placement import Placed

Volumes = Mapping[str, Mapping[str, DataVolume]]
"""By server and by the volume's short name."""


@dataclass(frozen=True)
class VolumesArgs:
    """What the volumes of one stack have in common; `labels` by zone."""

    protect: bool
    profile: Profile
    labels: Mapping[str, Labels]


def make_volumes(placed: Sequence[Placed], args: VolumesArgs, opts: pulumi.ResourceOptions) -> Volumes:
    """Declare the volumes of every host."""
    return {
        host.name: {volume.name: _volume(host, volume, args, opts) for volume in host.host.volumes}
        for host in placed
    }


def _volume(placed: Placed, volume: Volume, args: VolumesArgs, opts: pulumi.ResourceOptions) -> DataVolume:
    wanted = DataVolumeArgs(
        name=f"{placed.name}-{volume.name}",
        labels=args.labels[placed.zone],
        purpose=f"{volume.mount} of {placed.name}",
        size_gib=volume.size_gib,
        volume_type=args.profile.encrypted_volume_type,
        availability_zone=args.profile.availability_zone,
        growth=args.profile.features.volume_growth,
        protect=args.protect,
    )
    return DataVolume(wanted, opts)
