"""The hosts of a stack, of whichever layer: key pair, placement groups, servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi
import pulumi_openstack as openstack

from infra.components.catalogue import Catalogue
from infra.components.host import Host, HostArgs
from infra.components.labels import Labels
from infra.config import Profile
from infra.layers.volumes import Volumes
from infra.plan.placement import Placed


class Segment(Protocol):
    """A network that hosts can have a port on: a zone's or a space's."""

    network_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    ready: list[pulumi.Resource]


@dataclass(frozen=True)
class Ground:
    """What the hosts of one stack stand on. `name` starts the names of what they share.

    `labels` and `segments` are by zone ("spaces" in a space), `group_ids` by group. `running`: whether the
    servers are on; one that is off keeps all it has.
    """

    name: str
    environment: str
    space: str
    profile: Profile
    catalogue: Catalogue
    automation_key: str
    labels: Mapping[str, Labels]
    segments: Mapping[str, Segment]
    group_ids: Mapping[str, pulumi.Output[str]]
    volumes: Volumes
    provider: pulumi.ProviderResource
    running: bool = True


class HostSet:
    """Every host of a stack, its volumes attached."""

    hosts: dict[str, Host]
    everything: list[pulumi.Resource]
    """All of it, volumes and children included."""

    def __init__(self, placed: Sequence[Placed], ground: Ground) -> None:
        """Create what they share, then the servers."""
        self._ground, self._opts = ground, pulumi.ResourceOptions(providers=[ground.provider])
        self._key = openstack.compute.Keypair(
            f"{ground.name}-automation",
            name=f"{ground.name}-automation",
            public_key=ground.automation_key,
            opts=pulumi.ResourceOptions(provider=ground.provider, delete_before_replace=True),
        )
        names = sorted({one.host.placement_group or "" for one in placed} - {""})
        groups = {name: self._apart(name) for name in names}
        self._spread = {name: group.id for name, group in groups.items()}
        self.hosts = {one.name: self._host(one) for one in placed}
        volumes = (volume for of_host in ground.volumes.values() for volume in of_host.values())
        self.everything = [self._key, *groups.values(), *volumes, *self.hosts.values()]

    def _apart(self, name: str) -> openstack.compute.ServerGroup:
        return openstack.compute.ServerGroup(
            f"{self._ground.name}-{name}",
            name=f"{self._ground.name}-{name}",
            policies="anti-affinity",
            opts=pulumi.ResourceOptions(provider=self._ground.provider),
        )

    def _host(self, placed: Placed) -> Host:
        ground, host = self._ground, placed.host
        segment = ground.segments[placed.zone]
        args = HostArgs(
            name=placed.name,
            labels=ground.labels[placed.zone],
            metadata=self._metadata(placed),
            network_id=segment.network_id,
            subnet_id=segment.subnet_id,
            address=placed.address,
            group_ids=[ground.group_ids[group] for group in placed.groups],
            ready=segment.ready,
            image_id=ground.catalogue.image_id,
            flavor_id=ground.catalogue.flavor_ids[host.size],
            availability_zone=ground.profile.availability_zone,
            key_pair=self._key.name,
            volumes=[volume.volume for volume in ground.volumes[placed.name].values()],
            server_group_id=self._spread[host.placement_group] if host.placement_group else None,
            running=ground.running,
        )
        return Host(args, self._opts)

    def _metadata(self, placed: Placed) -> dict[str, str]:
        """What the inventory reads; what is empty is left out."""
        found = {
            "socle_env": self._ground.environment,
            "socle_roles": ",".join(placed.host.roles),
            "socle_zone": placed.zone,
            "socle_name": placed.name,
            "socle_space": self._ground.space,
            "socle_power": "" if self._ground.running else "off",
        }
        return {key: value for key, value in found.items() if value}
