"""Layer `data`: a container for each base of the catalogue, and volumes with a key each.

Everything is protected and stays in the cloud when it is forgotten, unless a release names it: a rename,
a move in the code, a destroy or an edited state cannot remove what the data layer holds.
"""

import pulumi
import pulumi_openstack as openstack

from infra.components.container import ObjectContainer, ObjectContainerArgs
from infra.components.labels import Labels
from infra.components.project import Project, ProjectArgs, domain_of
from infra.components.volume import DataVolume, DataVolumeArgs
from infra.config import Base, BaseVolume
from infra.outputs import DataOutputs
from infra.plan.data import Kept
from infra.plan.identity import base_list, base_project
from infra.specification import DataSpecification


class DataLayer:
    """Everything of one data stack; `outputs` is its contract."""

    def __init__(self, spec: DataSpecification) -> None:
        """Declare every resource of the stack."""
        self._spec, self._env = spec, spec.data.environment
        provider = openstack.Provider(f"{self._env}-openstack", region=spec.profile.region)
        self._opts = pulumi.ResourceOptions(providers=[provider])
        self._bases = {base.name: base for base in spec.data.bases}
        self._readers = self._projects()
        self.outputs = DataOutputs(
            containers={one.said.name: self._container(one) for one in spec.plan.containers},
            volumes={one.said.name: self._volume(one) for one in spec.plan.volumes},
            released=[release.name for release in spec.data.released],
            readers=self._readers,
        )

    def _labels(self, base: Base) -> Labels:
        return Labels(self._env, "data", self._spec.data.owner, data_class=base.sensitivity)

    def _projects(self) -> dict[str, pulumi.Output[str]]:
        """A Keystone project for each base: who has a role in it may read the base's container."""
        profile = self._spec.profile
        if not profile.delegates_projects:
            return {}
        name, cloud = f"{self._env}-identity", profile.project_manager
        manager = openstack.Provider(name, cloud=cloud, region=profile.region)
        domain, opts = domain_of(manager), pulumi.ResourceOptions(providers=[manager])

        def project(kept: Kept[Base]) -> pulumi.Output[str]:
            what = f"Who has a role here may read the base {kept.said.name}"
            project = base_project(self._env, kept.said.name)
            held = ProjectArgs(project, self._labels(kept.said), what, domain, kept.release is None)
            return Project(held, opts).project_id

        return {kept.said.name: project(kept) for kept in self._spec.plan.containers}

    def _container(self, kept: Kept[Base]) -> pulumi.Output[str]:
        protect = kept.release is None
        readers = self._readers.get(kept.said.name)
        read = None if readers is None else readers.apply(lambda project: base_list(project).read)
        labels = self._labels(kept.said)
        args = ObjectContainerArgs(kept.name, labels, kept.said.purpose, protect, read=read)
        return ObjectContainer(args, self._opts).container_name

    def _volume(self, kept: Kept[BaseVolume]) -> pulumi.Output[str]:
        args = DataVolumeArgs(
            name=kept.name,
            labels=self._labels(self._bases[kept.said.base]),
            purpose=kept.said.purpose,
            size_gib=kept.said.size_gib,
            volume_type=self._spec.profile.encrypted_volume_type,
            availability_zone=self._spec.profile.availability_zone,
            growth=self._spec.profile.features.volume_growth,
            protect=kept.release is None,
        )
        return DataVolume(args, self._opts).volume.id


def build(spec: DataSpecification) -> DataOutputs:
    """Declare the whole layer and give its contract."""
    return DataLayer(spec).outputs
