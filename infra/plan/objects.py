"""Containers by their names, and what each client of the object gateway may do in which.

Here: names and rights as data. Making the containers is the layers' work, enforcing the rights that of
roles/object_gateway (docs/decisions/0018).
"""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Network
from typing import Literal, TypedDict

from infra.config import Space

Right = Literal["read", "write"]
"""`read`: fetch and list. `write`: that, and store objects too; what was given out is not taken back."""
EXCHANGE: dict[str, Right] = {"in": "read", "out": "write"}
"""A space's two containers, and what the space itself may do in each."""


class Client(TypedDict):
    """Who asks the gateway: by which networks it is known there, and its rights by container."""

    name: str
    networks: list[str]
    containers: dict[str, Right]


def exchange_container(environment: str, space: str, way: str) -> str:
    """The container of what comes `in` to a space, or is to go `out` of it."""
    return f"{environment}-{space}-{way}"


def base_container(environment: str, base: str) -> str:
    """The container of a base of the catalogue."""
    return f"{environment}-base-{base}"


def space_client(name: str, space: Space, transit: IPv4Network) -> Client:
    """What an open space may do; one in another phase may do nothing."""
    containers: dict[str, Right] = {}
    if space.phase == "open":
        environment = space.environment
        containers |= {exchange_container(environment, name, way): right for way, right in EXCHANGE.items()}
        containers |= {base_container(environment, base): "read" for base in space.bases}
    return {"name": name, "networks": [str(transit)], "containers": containers}


def admitted(clients: Iterable[Client], networks: Collection[IPv4Network]) -> list[Client]:
    """Those with rights that the gateway's own firewall lets in: the flow table decides who comes at all."""
    return [
        client
        for client in clients
        if client["containers"]
        and any(IPv4Network(one).subnet_of(other) for one in client["networks"] for other in networks)
    ]
