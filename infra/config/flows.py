"""flows.yaml: every path that is open in every environment."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from infra.config.base import Name, Port, Protocol, Sentence, Table, one_or_more, said_twice

Endpoint = Annotated[str, Field(pattern=r"^(zone|role|outside)/[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")]
Ends = Annotated[tuple[Endpoint, ...], BeforeValidator(one_or_more), Field(min_length=1)]
Protocols = Annotated[tuple[Protocol, ...], BeforeValidator(one_or_more), Field(min_length=1)]


class Flow(Table):
    """Open paths for one reason: from each source to each target, by every protocol, to every port.

    `from` and `to` are zone/…, role/… or outside/…, one or a list of them, never both outside. `protocol`
    is one or a list, too.
    """

    name: Name
    sources: Annotated[Ends, Field(alias="from")]
    targets: Annotated[Ends, Field(alias="to")]
    protocols: Annotated[Protocols, Field(alias="protocol")]
    ports: Annotated[tuple[Port, ...], Field(min_length=1)]
    reason: Sentence
    clause: Annotated[str, Field(pattern=r"^[a-z0-9.-]+:[A-Za-z0-9.-]+$")]
    owner: Name

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every (from, to) that the flow opens, in the order they are written."""
        return tuple((source, target) for source in self.sources for target in self.targets)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said_twice(self.sources, f"flow {self.name}: from")
        said_twice(self.targets, f"flow {self.name}: to")
        said_twice(self.protocols, f"flow {self.name}: protocol")
        return self

    @model_validator(mode="after")
    def _ours(self) -> Self:
        outside = [any(end.startswith("outside/") for end in ends) for ends in (self.sources, self.targets)]
        if all(outside):
            raise ValueError(f"flow {self.name} is between two places outside; one end must be ours")
        return self


class Flows(Table):
    """The whole table; names are unique."""

    flows: tuple[Flow, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said_twice((flow.name for flow in self.flows), "flow")
        return self
