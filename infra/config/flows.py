"""flows.yaml: every path that is open in every environment."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.config.base import Name, Port, Protocol, Sentence, Table, said_twice

Endpoint = Annotated[str, Field(pattern=r"^(zone|role|outside)/[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")]


class Flow(Table):
    """One open path. `from` and `to` are zone/…, role/… or outside/…, never both outside."""

    name: Name
    source: Annotated[Endpoint, Field(alias="from")]
    target: Annotated[Endpoint, Field(alias="to")]
    protocol: Protocol
    ports: Annotated[tuple[Port, ...], Field(min_length=1)]
    reason: Sentence
    clause: Annotated[str, Field(pattern=r"^[a-z0-9.-]+:[A-Za-z0-9.-]+$")]
    owner: Name

    @model_validator(mode="after")
    def _ours(self) -> Self:
        if self.source.startswith("outside/") and self.target.startswith("outside/"):
            raise ValueError(f"flow {self.name} is between two places outside; one end must be ours")
        return self


class Flows(Table):
    """The whole table; names are unique."""

    flows: tuple[Flow, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said_twice((flow.name for flow in self.flows), "flow")
        return self
