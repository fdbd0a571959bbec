"""Layer `space`: one project space: transit network, own router and network, perimeter, hosts, what it holds.

Three providers are passed through: the platform's, which makes the transit network; the space's, which makes
all the rest, today in the same Keystone project; and, where the provider delegates projects, our domain's
manager, who makes the space's identity and nothing else.
"""

import pulumi
import pulumi_openstack as openstack

from infra.components.catalogue import Catalogue
from infra.components.container import ObjectContainer, ObjectContainerArgs
from infra.components.floating import FloatingAddress, FloatingAddressArgs
from infra.components.identity import Identity, IdentityArgs
from infra.components.labels import Labels
from infra.components.perimeter import Perimeter, PerimeterArgs
from infra.components.project import domain_of, project_of, role_of
from infra.components.space import SpaceNetwork, SpaceNetworkArgs
from infra.components.transit import Transit, TransitArgs
from infra.config import SPACES
from infra.layers.hosts import Ground, HostSet
from infra.layers.volumes import VolumesArgs, make_volumes
from infra.outputs import DataReference, HostOutput, PlatformReference, SpaceOutputs
from infra.plan.addresses import gateway, pool, transit_pool
from infra.plan.identity import READER, base_project, exchange_list, own_project
from infra.plan.objects import EXCHANGE, exchange_container
from infra.specification import SpaceSpecification

CONTAINERS = {
    "in": "What the airlock lets into the space",
    "out": "What the space asks the airlock to let out",
}


class SpaceLayer:
    """Everything of one space's stack; `outputs` is its contract."""

    def __init__(self, spec: SpaceSpecification, automation_key: str) -> None:
        """Declare every resource of the stack. `automation_key`: the public key that logs in first.

        A frozen space has all of it, its servers off, its user disabled and its perimeter without a rule; a
        closed one has only its volumes and containers.
        """
        self._spec, self._env = spec, spec.space.environment
        self._name, self._profile = f"{self._env}-{spec.name}", spec.base.profile
        region = self._profile.region
        self._own = openstack.Provider(f"{self._name}-openstack", region=region)
        self._opts = pulumi.ResourceOptions(providers=[self._own])
        held = VolumesArgs(spec.space.protect, self._profile, {SPACES: self._labels()})
        self._volumes = make_volumes(spec.plan.declared, held, self._opts)
        self._who = self._identity() if spec.plan.grants else None
        containers = {name: self._container(name, purpose) for name, purpose in CONTAINERS.items()}
        hosts = [] if spec.space.phase == "closed" else self._standing(automation_key)
        self.outputs = SpaceOutputs(
            phase=spec.space.phase,
            hosts=hosts if spec.space.phase == "open" else [],
            containers=containers,
            subnet=str(spec.plan.subnet),
            transit=str(spec.plan.transit),
        )

    def _standing(self, automation_key: str) -> list[HostOutput]:
        """Networks, perimeter and hosts."""
        spec = self._spec
        platform = openstack.Provider(f"{self._env}-openstack", region=self._profile.region)
        catalogue = Catalogue(self._profile, [placed.host.size for placed in spec.plan.declared], self._own)
        self._transit = self._meeting_point(platform, project_of(self._own))
        self._network = self._own_network()
        perimeter = PerimeterArgs(
            self._name, self._labels(), spec.plan.perimeter.groups, spec.plan.perimeter.rules
        )
        ground = Ground(
            name=self._name,
            environment=self._env,
            space=spec.name,
            profile=self._profile,
            catalogue=catalogue,
            automation_key=automation_key,
            labels={SPACES: self._labels()},
            segments={SPACES: self._network},
            group_ids=Perimeter(perimeter, self._opts).group_ids,
            volumes=self._volumes,
            provider=self._own,
            running=spec.space.phase == "open",
        )
        return self._hosts(HostSet(spec.plan.declared, ground))

    def _labels(self) -> Labels:
        data_class = self._spec.base.zones.spaces.data_class
        owner = self._spec.space.owner
        return Labels(self._env, "space", owner, SPACES, data_class, self._spec.name)

    def _identity(self) -> Identity:
        """Made with the domain manager's credential; a reader of its own project and of its bases'."""
        spec = self._spec
        name, cloud = f"{self._name}-identity", self._profile.project_manager
        manager = openstack.Provider(name, cloud=cloud, region=self._profile.region)
        data = DataReference.of(self._env) if spec.space.bases else None
        args = IdentityArgs(
            name=own_project(self._env, spec.name),
            labels=self._labels(),
            purpose=spec.space.purpose,
            domain_id=domain_of(manager),
            role_id=role_of(manager, READER),
            reads_in={base_project(self._env, b): data.of_base(b) for b in spec.space.bases if data},
            enabled=spec.space.phase == "open",
        )
        return Identity(args, pulumi.ResourceOptions(providers=[manager]))

    def _access(self, way: str) -> dict[str, pulumi.Output[str] | None]:
        """Whom the container lets in: the space's user where it has one."""
        if self._who is None:
            return {}
        listed = pulumi.Output.all(self._who.project_id, self._who.user_id).apply(
            lambda ids: exchange_list(way, *ids)
        )
        written = listed.apply(lambda one: one.write) if EXCHANGE[way] == "write" else None
        return {"read": listed.apply(lambda one: one.read), "write": written}

    def _container(self, name: str, purpose: str) -> pulumi.Output[str]:
        args = ObjectContainerArgs(
            name=exchange_container(self._env, self._spec.name, name),
            labels=self._labels(),
            purpose=purpose,
            protect=self._spec.space.protect,
            quota_gib=self._spec.space.quota.objects_gib,
            **self._access(name),
        )
        return ObjectContainer(args, self._opts).container_name

    def _meeting_point(self, platform: pulumi.ProviderResource, project_id: str) -> Transit:
        transit = self._spec.plan.transit
        args = TransitArgs(
            name=f"{self._name}-transit",
            labels=self._labels(),
            purpose=f"Where the space {self._spec.name} meets the platform",
            cidr=transit,
            gateway=gateway(transit),
            pool=transit_pool(transit),
            core_router_id=PlatformReference.of(self._env).core_router_id,
            project_id=project_id,
        )
        return Transit(args, pulumi.ResourceOptions(providers=[platform]))

    def _own_network(self) -> SpaceNetwork:
        subnet = self._spec.plan.subnet
        args = SpaceNetworkArgs(
            name=self._name,
            labels=self._labels(),
            purpose=self._spec.space.purpose,
            cidr=subnet,
            gateway=gateway(subnet),
            pool=pool(subnet),
            transit_id=self._transit.network_id,
            transit_ready=self._transit.ready,
        )
        return SpaceNetwork(args, self._opts)

    def _hosts(self, hosts: HostSet) -> list[HostOutput]:
        """Each with the floating IP by which the bastion reaches it."""
        return [
            {
                "name": placed.name,
                "roles": list(placed.host.roles),
                "zone": placed.zone,
                "address": str(placed.address),
                "floating": self._reachable(placed.name, hosts.hosts[placed.name].port_id),
            }
            for placed in self._spec.plan.declared
        ]

    def _reachable(self, name: str, port_id: pulumi.Output[str]) -> pulumi.Output[str]:
        args = FloatingAddressArgs(
            name=name,
            labels=self._labels(),
            purpose="Where the bastion reaches the host; on the transit network only",
            external_network=self._transit.network_name,
            port_id=port_id,
            ready=[*self._transit.ready, *self._network.ready],
        )
        return FloatingAddress(args, self._opts).address


def build(spec: SpaceSpecification, automation_key: str) -> SpaceOutputs:
    """Declare the whole layer and give its contract."""
    return SpaceLayer(spec, automation_key).outputs
