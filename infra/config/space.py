"""hdh:space of a stack's file: one project space. Its name is the stack's, `<env>-space-<name>`."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.config.base import Sentence, StackTable, said_twice
from infra.config.hosts import Host


class Space(StackTable):
    """`number`: gives the space its addresses; it is for life, and no other space may ever have it.

    `protect`: as for the platform.
    """

    number: Annotated[int, Field(ge=0)]
    purpose: Sentence
    protect: bool
    hosts: tuple[Host, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said_twice((host.name for host in self.hosts), "host")
        said_twice((host.number for host in self.hosts), "number")
        return self
