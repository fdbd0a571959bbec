"""What a stack tells others: the contracts that inventories, tests and other stacks rely on."""

from dataclasses import dataclass, fields
from typing import Any, NotRequired, TypedDict

import pulumi

from infra.stackfile import PROJECT


class HostOutput(TypedDict):
    """A host by its server's name; `address` is the one inside its zone or space.

    `floating`: its address on the transit network, for a host of a space.
    """

    name: str
    roles: list[str]
    zone: str
    address: str
    floating: NotRequired[pulumi.Input[str]]


class VolumeOutput(TypedDict):
    """The data volume: its id in the cloud, the server's name, and where it is to be mounted."""

    id: pulumi.Input[str]
    host: str
    mount: str


@dataclass(frozen=True)
class Contract:
    """Every field is a stack output of the same name; removing or renaming one breaks other stacks."""

    def export(self) -> None:
        """Make them the stack's outputs."""
        for field in fields(self):
            pulumi.export(field.name, getattr(self, field.name))


@dataclass(frozen=True)
class PlatformOutputs(Contract):
    """Of `<env>-platform`."""

    bastion_address: pulumi.Output[str]
    """The floating IP through which everything is administered."""
    hosts: list[HostOutput]
    container: pulumi.Output[str]
    """Name of the object container."""
    data_volume: VolumeOutput
    zones: dict[str, str]
    """CIDR of each zone that stands."""
    core_router_id: pulumi.Output[str]
    """Where a space's transit network is joined."""


@dataclass(frozen=True)
class SpaceOutputs(Contract):
    """Of `<env>-space-<name>`."""

    phase: str
    """`open`, `frozen` or `closed`."""
    hosts: list[HostOutput]
    """Those that run."""
    containers: dict[str, pulumi.Output[str]]
    """Container of what comes `in` and of what is to go `out`."""
    subnet: str
    """CIDR of the space's own network."""
    transit: str
    """CIDR by which the platform filters and logs the space."""


@dataclass(frozen=True)
class DataOutputs(Contract):
    """Of `<env>-data`; names are those of the stack's file."""

    containers: dict[str, pulumi.Output[str]]
    """Container of each base."""
    volumes: dict[str, pulumi.Output[str]]
    """Id of each volume."""
    released: list[str]
    """Bases and volumes whose protection is lifted."""
    readers: dict[str, pulumi.Output[str]]
    """Id of the Keystone project whose readers may read a base, by base; empty where none are delegated."""


@dataclass(frozen=True)
class PlatformReference:
    """What a space reads of its platform's contract: ids only. Addresses follow from the tables."""

    core_router_id: pulumi.Output[str]

    @classmethod
    def of(cls, environment: str) -> "PlatformReference":
        """That of the environment's platform, as its last `up` left it."""
        stack = f"{environment}-platform"
        reference = pulumi.StackReference(f"{pulumi.get_organization()}/{PROJECT}/{stack}")
        return cls(**{field.name: _one(reference, field.name, stack) for field in fields(cls)})


@dataclass(frozen=True)
class DataReference:
    """What a space reads of the data layer's contract."""

    readers: pulumi.Output[dict[str, str]]

    @classmethod
    def of(cls, environment: str) -> "DataReference":
        """That of the environment's data layer, as its last `up` left it."""
        stack = f"{environment}-data"
        reference = pulumi.StackReference(f"{pulumi.get_organization()}/{PROJECT}/{stack}")
        return cls(reference.outputs.apply(lambda outputs: dict(outputs.get("readers") or {})))

    def of_base(self, base: str) -> pulumi.Output[str]:
        """Id of the project of a base's readers; pulumi.RunError when the layer has none."""

        def found(readers: dict[str, str]) -> str:
            if base not in readers:
                raise pulumi.RunError(f"the data layer has no readers of base {base}; run `pulumi up` for it")
            return readers[base]

        return self.readers.apply(found)


def _one(reference: pulumi.StackReference, name: str, stack: str) -> pulumi.Output[str]:
    def found(outputs: dict[str, Any]) -> str:
        value = outputs.get(name)
        if not isinstance(value, str):
            raise pulumi.RunError(f"stack {stack} has no output {name}; run `pulumi up` for it first")
        return value

    return reference.outputs.apply(found)
