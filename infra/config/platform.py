"""hdh:platform of a stack's file: one environment's platform layer."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.config.base import Name, PrivateNetwork, PublicKey, Sentence, StackTable, Table, said_twice
from infra.config.hosts import ZoneHost


class ObjectContainer(Table):
    """A versioned object container."""

    name: Name
    purpose: Sentence


class Platform(StackTable):
    """`automation_key` left out means the key that the environment's own folder holds ($SOCLE_SSH_DIR).

    `network`: every address of the environment, its spaces included, is cut out of it.
    `protect`: whatever holds data can be neither destroyed nor replaced, and stays when it is forgotten.
    """

    profile: Name
    network: PrivateNetwork
    zones: Annotated[tuple[Name, ...], Field(min_length=1)]
    protect: bool
    hosts: tuple[ZoneHost, ...]
    container: ObjectContainer
    automation_key: PublicKey | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        said_twice(self.zones, "zone")
        said_twice((host.name for host in self.hosts), "host")
        said_twice((f"{host.zone}.{host.number}" for host in self.hosts), "number")
        bastions = [host.name for host in self.hosts if "bastion" in host.roles]
        if len(bastions) != 1:
            raise ValueError(f"{len(bastions)} hosts have the role bastion; one must, it is the way in")
        data = [volume.name for host in self.hosts for volume in host.volumes if volume.name == "data"]
        if len(data) != 1:
            raise ValueError(f"{len(data)} volumes are named data; one must be, others look for it")
        return self
