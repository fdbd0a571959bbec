"""Whom policies are about, by labels: sensitive resources, hosts that the internet may reach, spaces."""

from __future__ import annotations

from collections.abc import Mapping

from policies.graph import Nic
from policies.graph.topology import INSTANCE, PORT
from policies.model import World
from policies.snapshot import Resource

CARDS = (PORT, INSTANCE)


def is_sensitive(labels: Mapping[str, str], world: World) -> bool:
    """Whether it holds or carries data of a class that the settings call sensitive."""
    return labels.get("class") in world.params["sensitive"]


def is_entrance(nic: Nic, world: World) -> bool:
    """Whether its host is declared to be reached from outside."""
    return bool(nic.roles & frozenset(world.params["entrances"]))


def place(labels: Mapping[str, str]) -> str:
    """The space, else the zone: what is kept apart from other such places."""
    space = labels.get("space")
    return f"space {space}" if space else f"zone {labels['zone']}" if labels.get("zone") else ""


def sensitive_nics(resource: Resource, world: World) -> list[Nic]:
    """The sensitive cards of a server or port."""
    return [nic for nic in world.graph.nics_of(resource) if is_sensitive(nic.labels, world)]


def cards(resource: Resource, world: World) -> list[Nic]:
    """The cards that a resource itself owns, so that none is judged twice."""
    return world.graph.topology.by_owner.get(resource.urn, [])
