"""hdh:space of a stack's file: one project space. Its name is the stack's, `<env>-space-<name>`."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.config.base import Name, Sentence, StackTable, Table, said_twice
from infra.config.hosts import Host

Phase = Literal["open", "frozen", "closed"]
"""`open`: people work in it. `frozen`: nobody in, nothing out, all kept. `closed`: only its data is left."""


class Quota(Table):
    """The most that a space may take: hosts, GiB of all its volumes, GiB in each of its two containers."""

    hosts: Annotated[int, Field(ge=1)]
    volumes_gib: Annotated[int, Field(ge=0)]
    objects_gib: Annotated[int, Field(ge=1)]


class Space(StackTable):
    """`number`: gives the space its addresses; it is for life, and no other space may ever have it.

    `protect`: as for the platform. `expiry`: the last day that people may work in it. `bases`: those of the
    catalogue that it may read.
    """

    number: Annotated[int, Field(ge=0)]
    purpose: Sentence
    protect: bool
    phase: Phase
    expiry: date
    bases: tuple[Name, ...]
    quota: Quota
    hosts: tuple[Host, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said_twice((host.name for host in self.hosts), "host")
        said_twice((host.number for host in self.hosts), "number")
        said_twice(self.bases, "base")
        return self
