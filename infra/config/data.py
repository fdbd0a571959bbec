"""hdh:data of a stack's file: the bases of the catalogue, their volumes, and what has been released."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.config.base import Name, Sentence, StackTable, Table, said_twice


class Base(Table):
    """A base of the catalogue: one versioned, private object container.

    `not_with`: bases that no space may read beside it, said on either side: together they would say more of a
    person than each may.
    """

    name: Name
    sensitivity: Literal["public", "internal", "health"]
    purpose: Sentence
    not_with: tuple[Name, ...] = ()


class BaseVolume(Table):
    """A volume of the profile's encrypted type that belongs to a base; it has a key of its own."""

    name: Name
    base: Name
    size_gib: Annotated[int, Field(ge=1, le=16384)]
    purpose: Sentence


class Release(Table):
    """Four eyes on letting go of a base or volume; until it is applied, nothing can delete that."""

    name: Name
    owner: Name
    approver: Name
    reason: Sentence
    expiry: date

    @model_validator(mode="after")
    def _four_eyes(self) -> Self:
        if self.approver == self.owner:
            raise ValueError(
                f"release of {self.name}: {self.approver} owns and approves it; somebody else must approve"
            )
        return self


class Data(StackTable):
    """The data layer of an environment. Names of bases and volumes are unique together."""

    bases: tuple[Base, ...]
    volumes: tuple[BaseVolume, ...] = ()
    released: tuple[Release, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said_twice([*(base.name for base in self.bases), *(volume.name for volume in self.volumes)], "name")
        said_twice((release.name for release in self.released), "release of")
        return self
