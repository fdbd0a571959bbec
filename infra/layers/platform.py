"""Layer `platform`: zones and their two routers, perimeter, hosts, data volume and object container."""

import pulumi
import pulumi_openstack as openstack

from infra.components.catalogue import Catalogue
from infra.components.container import ObjectContainer, ObjectContainerArgs
from infra.components.core import Core, CoreArgs
from infra.components.edge import Edge, EdgeArgs
from infra.components.floating import FloatingAddress, FloatingAddressArgs
from infra.components.guard import Guard, GuardArgs, refuse_to_drop
from infra.components.labels import Labels
from infra.components.perimeter import Perimeter, PerimeterArgs
from infra.components.zone import ZoneNetwork, ZoneNetworkArgs
from infra.layers.hosts import Ground, HostSet
from infra.layers.volumes import VolumesArgs, make_volumes
from infra.outputs import PlatformOutputs, VolumeOutput
from infra.plan.addresses import core, gateway, pool
from infra.specification import Specification


class PlatformLayer:
    """Everything of one platform stack; `outputs` is its contract."""

    def __init__(self, spec: Specification, automation_key: str) -> None:
        """Declare every resource of the stack. `automation_key`: the public key that logs in first."""
        self._spec, self._env = spec, spec.platform.environment
        refuse_to_drop(self._env, spec.profile.region, list(spec.plan.subnets))
        provider = openstack.Provider(f"{self._env}-openstack", region=spec.profile.region)
        self._opts = pulumi.ResourceOptions(providers=[provider])
        catalogue = Catalogue(spec.profile, [placed.host.size for placed in spec.plan.hosts], provider)
        self._outside = catalogue.external_network()
        self._core = Core(CoreArgs(f"{self._env}-core", self._labels()), self._opts)
        self._edge = Edge(EdgeArgs(f"{self._env}-edge", self._labels(), self._outside), self._opts)
        self._zones = self._networks()
        self._perimeter = self._guarded()
        labels = {name: self._labels(name) for name in spec.plan.subnets}
        held = VolumesArgs(spec.platform.protect, spec.profile, labels)
        self._volumes = make_volumes(spec.plan.hosts, held, self._opts)
        ground = Ground(
            name=self._env,
            environment=self._env,
            space="",
            profile=spec.profile,
            catalogue=catalogue,
            automation_key=automation_key,
            labels=labels,
            segments=self._zones,
            group_ids=self._perimeter.group_ids,
            volumes=self._volumes,
            provider=provider,
        )
        hosts = HostSet(spec.plan.hosts, ground)
        self._entrance, self._container = self._way_in(hosts), self._records()
        self._guard(hosts)
        self.outputs = PlatformOutputs(
            bastion_address=self._entrance.address,
            hosts=[
                {
                    "name": placed.name,
                    "roles": list(placed.host.roles),
                    "zone": placed.zone,
                    "address": str(placed.address),
                }
                for placed in spec.plan.hosts
            ],
            container=self._container.container_name,
            data_volume=self._data_volume(),
            zones={name: str(subnet) for name, subnet in spec.plan.subnets.items()},
            core_router_id=self._core.router_id,
        )

    def _labels(self, zone: str = "") -> Labels:
        data_class = self._spec.zones.zones[zone].data_class if zone else "technical"
        return Labels(self._env, "platform", self._spec.platform.owner, zone, data_class)

    def _networks(self) -> dict[str, ZoneNetwork]:
        return {
            name: ZoneNetwork(
                ZoneNetworkArgs(
                    name=f"{self._env}-{name}",
                    labels=self._labels(name),
                    purpose=self._spec.zones.zones[name].purpose,
                    cidr=subnet,
                    environment=self._spec.plan.network,
                    gateway=gateway(subnet),
                    core=core(subnet),
                    pool=pool(subnet),
                    core_router_id=self._core.router_id,
                    edge_router_id=self._edge.router_id if name in self._spec.plan.gateways else None,
                ),
                self._opts,
            )
            for name, subnet in self._spec.plan.subnets.items()
        }

    def _guarded(self) -> Perimeter:
        planned = self._spec.plan.perimeter
        args = PerimeterArgs(self._env, self._labels(), planned.groups, planned.rules)
        return Perimeter(args, self._opts)

    def _guard(self, hosts: HostSet) -> None:
        """Last of all, so that it is asked first when something is to go."""
        network = [self._core, self._edge, *self._zones.values(), self._perimeter, self._entrance]
        everything = [*network, *hosts.everything, self._container]
        args = GuardArgs(self._env, self._spec.profile.region, self._core.router_id, everything)
        Guard(args)

    def _way_in(self, hosts: HostSet) -> FloatingAddress:
        bastion = next(placed for placed in self._spec.plan.hosts if "bastion" in placed.host.roles)
        args = FloatingAddressArgs(
            name=bastion.name,
            labels=self._labels(bastion.zone),
            purpose="The way in for administrators",
            external_network=self._spec.profile.external_network,
            port_id=hosts.hosts[bastion.name].port_id,
            ready=self._zones[bastion.zone].ready,
        )
        return FloatingAddress(args, self._opts)

    def _records(self) -> ObjectContainer:
        wanted = self._spec.platform.container
        args = ObjectContainerArgs(
            f"{self._env}-{wanted.name}", self._labels(), wanted.purpose, self._spec.platform.protect
        )
        return ObjectContainer(args, self._opts)

    def _data_volume(self) -> VolumeOutput:
        placed, declared = next(
            (placed, volume)
            for placed in self._spec.plan.hosts
            for volume in placed.host.volumes
            if volume.name == "data"
        )
        made = self._volumes[placed.name][declared.name].volume
        return {"id": made.id, "host": placed.name, "mount": declared.mount}


def build(spec: Specification, automation_key: str) -> PlatformOutputs:
    """Declare the whole layer and give its contract."""
    return PlatformLayer(spec, automation_key).outputs
