"""Hosts and their volumes, as stacks of several layers declare them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.config.base import Name, Table, said_twice

FIRST_HOST, LAST_HOST = 10, 250
"""Numbers of hosts; the ones below belong to the routers and the provider's own ports."""


class Volume(Table):
    """A data volume of a host; always of the profile's encrypted type."""

    name: Name
    size_gib: Annotated[int, Field(ge=1, le=16384)]
    mount: Annotated[str, Field(pattern=r"^/srv/[a-z0-9-]+$")]


class Host(Table):
    """A server, declared once. `placement_group`: hosts naming the same one go to different hypervisors.

    `number`: the last part of its address; it stays with the host for life.
    """

    name: Name
    roles: Annotated[tuple[Name, ...], Field(min_length=1)]
    number: Annotated[int, Field(ge=FIRST_HOST, le=LAST_HOST)]
    size: Name
    volumes: tuple[Volume, ...] = ()
    placement_group: Name | None = None

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said_twice(self.roles, "role")
        said_twice((volume.name for volume in self.volumes), "volume")
        said_twice((volume.mount for volume in self.volumes), "mount")
        return self


class ZoneHost(Host):
    """A host of the platform, in one of its zones."""

    zone: Name
