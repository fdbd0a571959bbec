"""zones.yaml: the zones of every environment, and what all project spaces have in common."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from infra.config.base import DataClass, Name, Sentence, Table, said_twice

Level = Literal["minimal", "intermediary", "enhanced", "high"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Of ANSSI-BP-028, the lowest first; each holds what those before it hold."""

SPACES = "spaces"
"""The name by which flows call the networks of all project spaces, as if they were one zone."""


class Zone(Table):
    """A part of the network with one purpose, and the host roles that may live in it.

    `gateway`: whether the edge router serves it. Without one, nothing outside the environment's own
    network can be reached from there, or can reply.
    """

    index: Annotated[int, Field(ge=0)]
    purpose: Sentence
    data_class: DataClass
    gateway: bool
    roles: tuple[Name, ...]


class Spaces(Table):
    """What holds for every project space; `prefix` and `transit_prefix`: length of its two subnets.

    `retired`: numbers that no space may have again.
    """

    prefix: Annotated[int, Field(ge=24, le=27)]
    transit_prefix: Annotated[int, Field(ge=26, le=28)]
    purpose: Sentence
    data_class: DataClass
    roles: tuple[Name, ...]
    retired: tuple[int, ...]


class Zones(Table):
    """zones.yaml; `prefix` is the length of a zone's subnet.

    `hardening`: roles whose hosts are held to ANSSI-BP-028's level high; all others to enhanced.
    """

    prefix: Annotated[int, Field(ge=20, le=24)]
    retired: tuple[int, ...]
    zones: dict[Name, Zone]
    spaces: Spaces
    hardening: dict[Name, Literal["high"]] = Field(default_factory=dict)

    def levels(self, roles: Iterable[str]) -> tuple[Level, ...]:
        """Levels of ANSSI-BP-028 that hold on a host with these roles, its own level last."""
        return LEVELS if any(role in self.hardening for role in roles) else LEVELS[:-1]

    @model_validator(mode="after")
    def _each_in_its_place(self) -> Self:
        said_twice((zone.index for zone in self.zones.values()), "index")
        for name, zone in self.zones.items():
            if name == SPACES:
                raise ValueError(f"zone {name} is what flows call the project spaces; take another name")
            if zone.index in self.retired:
                raise ValueError(f"zone {name} has index {zone.index}, which is retired; take one never used")
            for role in zone.roles:
                if role in self.spaces.roles:
                    raise ValueError(f"role {role} may live in zone {name} and in spaces; split it into two")
        known = {*self.spaces.roles, *(role for zone in self.zones.values() for role in zone.roles)}
        for role in self.hardening:
            if role not in known:
                raise ValueError(f"hardening: no zone has a role {role}; correct it or take it out")
        return self
