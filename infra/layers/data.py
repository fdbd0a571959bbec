"""Layer `data`: a container for each base of the catalogue, and volumes with a key each.

Everything is protected and stays in the cloud when it is forgotten, unless a release names it: a rename,
a move in the code, a destroy or an edited state cannot remove what the data layer holds.
"""

import pulumi
import pulumi_openstack as openstack

from infra.components.container import ObjectContainer, ObjectContainerArgs
from infra.components.labels import Labels
from infra.components.volume import DataVolume, DataVolumeArgs
from infra.config import Base, BaseVolume
from infra.outputs import DataOutputs
from infra.plan.data import Kept
from infra.specification import DataSpecification


class DataLayer:
    """Everything of one data stack; `outputs` is its contract."""

    def __init__(self, spec: DataSpecification) -> None:
        """Declare every resource of the stack."""
        self._spec, self._env = spec, spec.data.environment
        provider = openstack.Provider(f"{self._env}-openstack", region=spec.profile.region)
        self._opts = pulumi.ResourceOptions(providers=[provider])
        self._bases = {base.name: base for base in spec.data.bases}
        self.outputs = DataOutputs(
            containers={one.said.name: self._container(one) for one in spec.plan.containers},
            volumes={one.said.name: self._volume(one) for one in spec.plan.volumes},
            released=[release.name for release in spec.data.released],
        )

    def _labels(self, base: Base) -> Labels:
        return Labels(self._env, "data", self._spec.data.owner, data_class=base.sensitivity)

    def _container(self, kept: Kept[Base]) -> pulumi.Output[str]:
        protect = kept.release is None
        args = ObjectContainerArgs(kept.name, self._labels(kept.said), kept.said.purpose, protect)
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
