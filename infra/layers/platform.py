"""Layer `platform`: zones, edge, perimeter, hosts, data volume and object container of an environment."""

from collections.abc import Mapping

import pulumi
import pulumi_openstack as openstack

from infra.components.catalogue import Catalogue
from infra.components.container import ObjectContainer, ObjectContainerArgs
from infra.components.edge import Edge, EdgeArgs
from infra.components.floating import FloatingAddress, FloatingAddressArgs
from infra.components.host import Host, HostArgs
from infra.components.labels import Labels
from infra.components.perimeter import Perimeter, PerimeterArgs
from infra.components.volume import DataVolume, DataVolumeArgs
from infra.components.zone import ZoneNetwork, ZoneNetworkArgs
from infra.outputs import PlatformOutputs, VolumeOutput
from infra.plan.addresses import gateway, pool
from infra.plan.placement import Placed
from infra.specification import Specification


class PlatformLayer:
    """Everything of one platform stack; `outputs` is its contract."""

    def __init__(self, spec: Specification, automation_key: str) -> None:
        """Declare every resource of the stack. `automation_key`: the public key that logs in first."""
        self._spec, self._env = spec, spec.platform.environment
        self._provider = openstack.Provider(f"{self._env}-openstack", region=spec.profile.region)
        self._opts = pulumi.ResourceOptions(providers=[self._provider])
        sizes = [placed.host.size for placed in spec.plan.hosts]
        self._catalogue = Catalogue(spec.profile, sizes, self._provider)
        self._key = openstack.compute.Keypair(
            f"{self._env}-automation",
            name=f"{self._env}-automation",
            public_key=automation_key,
            opts=pulumi.ResourceOptions(provider=self._provider, delete_before_replace=True),
        )
        zones = self._zones()
        groups = self._perimeter()
        spread = self._placement_groups()
        volumes = {placed.name: self._volumes(placed) for placed in spec.plan.hosts}
        hosts = {
            placed.name: self._host(placed, zones[placed.zone], groups, spread, volumes[placed.name])
            for placed in spec.plan.hosts
        }
        self.outputs = PlatformOutputs(
            bastion_address=self._way_in(zones, hosts),
            hosts=[
                {
                    "name": placed.name,
                    "roles": list(placed.host.roles),
                    "zone": placed.zone,
                    "address": str(placed.address),
                }
                for placed in spec.plan.hosts
            ],
            container=self._container(),
            data_volume=self._data_volume(volumes),
            zones={name: str(subnet) for name, subnet in spec.plan.subnets.items()},
        )

    def _labels(self, zone: str = "") -> Labels:
        data_class = self._spec.zones.zones[zone].data_class if zone else "technical"
        return Labels(self._env, "platform", self._spec.platform.owner, zone, data_class)

    def _zones(self) -> dict[str, ZoneNetwork]:
        edge = Edge(
            EdgeArgs(f"{self._env}-edge", self._labels(), self._catalogue.external_network_id), self._opts
        )
        networks = {}
        for name, subnet in self._spec.plan.subnets.items():
            zone = self._spec.zones.zones[name]
            networks[name] = ZoneNetwork(
                ZoneNetworkArgs(
                    name=f"{self._env}-{name}",
                    labels=self._labels(name),
                    purpose=zone.purpose,
                    cidr=subnet,
                    gateway=gateway(subnet),
                    pool=pool(subnet),
                    router_id=edge.router_id if zone.gateway else None,
                ),
                self._opts,
            )
        return networks

    def _perimeter(self) -> Mapping[str, pulumi.Output[str]]:
        planned = self._spec.plan.perimeter
        args = PerimeterArgs(self._env, self._labels(), planned.groups, planned.rules)
        return Perimeter(args, self._opts).group_ids

    def _placement_groups(self) -> dict[str, pulumi.Output[str]]:
        names = sorted({placed.host.placement_group or "" for placed in self._spec.plan.hosts} - {""})
        return {name: self._apart(name) for name in names}

    def _apart(self, name: str) -> pulumi.Output[str]:
        group = openstack.compute.ServerGroup(
            f"{self._env}-{name}",
            name=f"{self._env}-{name}",
            policies="anti-affinity",
            opts=pulumi.ResourceOptions(provider=self._provider),
        )
        return group.id

    def _volumes(self, placed: Placed) -> dict[str, DataVolume]:
        return {
            volume.name: DataVolume(
                DataVolumeArgs(
                    name=f"{placed.name}-{volume.name}",
                    labels=self._labels(placed.zone),
                    purpose=f"{volume.mount} of {placed.name}",
                    size_gib=volume.size_gib,
                    volume_type=self._spec.profile.encrypted_volume_type,
                    availability_zone=self._spec.profile.availability_zone,
                    protect=self._spec.platform.protect,
                ),
                self._opts,
            )
            for volume in placed.host.volumes
        }

    def _host(
        self,
        placed: Placed,
        zone: ZoneNetwork,
        groups: Mapping[str, pulumi.Output[str]],
        spread: Mapping[str, pulumi.Output[str]],
        volumes: Mapping[str, DataVolume],
    ) -> Host:
        host = placed.host
        args = HostArgs(
            name=placed.name,
            labels=self._labels(placed.zone),
            metadata={
                "socle_env": self._env,
                "socle_roles": ",".join(host.roles),
                "socle_zone": placed.zone,
                "socle_name": placed.name,
            },
            network_id=zone.network_id,
            subnet_id=zone.subnet_id,
            address=placed.address,
            group_ids=[groups[group] for group in placed.groups],
            ready=zone.ready,
            image_id=self._catalogue.image_id,
            flavor_id=self._catalogue.flavor_ids[host.size],
            availability_zone=self._spec.profile.availability_zone,
            key_pair=self._key.name,
            volumes=[volume.volume for volume in volumes.values()],
            server_group_id=spread[host.placement_group] if host.placement_group else None,
        )
        return Host(args, self._opts)

    def _way_in(self, zones: Mapping[str, ZoneNetwork], hosts: Mapping[str, Host]) -> pulumi.Output[str]:
        bastion = next(placed for placed in self._spec.plan.hosts if "bastion" in placed.host.roles)
        args = FloatingAddressArgs(
            name=bastion.name,
            labels=self._labels(bastion.zone),
            purpose="The way in for administrators",
            external_network=self._spec.profile.external_network,
            port_id=hosts[bastion.name].port_id,
            ready=zones[bastion.zone].ready,
        )
        return FloatingAddress(args, self._opts).address

    def _container(self) -> pulumi.Output[str]:
        wanted = self._spec.platform.container
        args = ObjectContainerArgs(
            f"{self._env}-{wanted.name}", self._labels(), wanted.purpose, self._spec.platform.protect
        )
        return ObjectContainer(args, self._opts).container_name

    def _data_volume(self, volumes: Mapping[str, Mapping[str, DataVolume]]) -> VolumeOutput:
        placed, declared = next(
            (placed, volume)
            for placed in self._spec.plan.hosts
            for volume in placed.host.volumes
            if volume.name == "data"
        )
        made = volumes[placed.name][declared.name].volume
        return {"id": made.id, "host": placed.name, "mount": declared.mount}


def build(spec: Specification, automation_key: str) -> PlatformOutputs:
    """Declare the whole layer and give its contract."""
    return PlatformLayer(spec, automation_key).outputs
