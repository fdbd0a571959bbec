"""What a platform stack tells others: the contract that inventories, tests and other stacks rely on."""

from dataclasses import dataclass, fields
from typing import TypedDict

import pulumi


class HostOutput(TypedDict):
    """A host by its server's name; `address` is the one inside its zone."""

    name: str
    roles: list[str]
    zone: str
    address: str


class VolumeOutput(TypedDict):
    """The data volume: its id in the cloud, the server's name, and where it is to be mounted."""

    id: pulumi.Input[str]
    host: str
    mount: str


@dataclass(frozen=True)
class PlatformOutputs:
    """Every field is a stack output of the same name; removing or renaming one breaks other stacks."""

    bastion_address: pulumi.Output[str]
    """The floating IP through which everything is administered."""
    hosts: list[HostOutput]
    container: pulumi.Output[str]
    """Name of the object container."""
    data_volume: VolumeOutput
    zones: dict[str, str]
    """CIDR of each zone that stands."""

    def export(self) -> None:
        """Make them the stack's outputs."""
        for field in fields(self):
            pulumi.export(field.name, getattr(self, field.name))
