"""Which project spaces stand on an environment's platform, as the cloud has it, and what to say about them.

The cloud and not Pulumi's states: a space may have its state in another backend, or have lost it, and
neutron would refuse to delete the core router all the same, when the hosts are gone already.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SHOWN = 5
"""Names of spaces in a message; the others are counted."""
ITS_OWN = ("network:router_ha_interface", "network:router_centralized_snat")
"""Owners of ports that neutron makes for a router's own use; a customer sees them at some providers."""


@dataclass(frozen=True)
class Carried:
    """`zones`: those on the core router. `strangers`: networks on it that are neither zone nor space.

    `seen`: whether anything of the environment is visible at all; else this may be another project.
    """

    seen: bool
    zones: tuple[str, ...]
    spaces: tuple[str, ...]
    strangers: tuple[str, ...]


def carried(cloud: Any, environment: str) -> Carried:
    """Ask neutron, by an openstacksdk connection; its errors are the caller's.

    A space counts while a network of it is left, joined to the core router or not.
    """
    networks = list(cloud.network.networks())
    names = {network.id: str(network.name or network.id) for network in networks}
    spaces = {network.id: _space(network, environment) for network in networks}
    routers = list(cloud.network.routers(name=f"{environment}-core"))
    ports = [
        port
        for router in routers
        for port in cloud.network.ports(device_id=router.id)
        if port.device_owner not in ITS_OWN
    ]
    zones = {port.network_id: zone for port in ports if (zone := _zone(port, environment))}
    explained = zones.keys() | {number for number, space in spaces.items() if space}
    return Carried(
        seen=bool(routers) or any(f"env={environment}" in (network.tags or ()) for network in networks),
        zones=_distinct(zones.values()),
        spaces=_distinct(spaces.values()),
        strangers=_distinct(
            names.get(port.network_id, port.network_id) for port in ports if port.network_id not in explained
        ),
    )


def objection(environment: str, found: Carried) -> str:
    """Why the platform has to stay, and what to do first; empty when nothing stands on it.

    A platform of which nothing is visible is the caller's to judge: it may not be there yet.
    """
    platform = f"{environment}-platform"
    if found.spaces:
        stacks = [f"{environment}-space-{space}" for space in found.spaces]
        one = len(stacks) == 1
        return (
            f"{platform} carries {'space' if one else 'spaces'} {_some(found.spaces)} "
            f"({'stack' if one else 'stacks'} {_some(stacks)}): destroy {'it' if one else 'them'} first: "
            + _some([f"pulumi destroy -s {stack}" for stack in stacks])
        )
    if found.strangers:
        return (
            f"{environment}-core, the core router of {platform}, also joins {_some(found.strangers)}, "
            "which is no zone and no space of the environment: take that off the router first"
        )
    return ""


def _space(network: Any, environment: str) -> str:
    """The space that a network is of, by its tags; by its name while it has none. Empty for all others."""
    labels = dict(tag.partition("=")[::2] for tag in network.tags or ())
    name = str(network.name or "")
    if not labels and name.endswith("-transit"):
        return _between(name, f"{environment}-", "-transit")
    of_a_space = (labels.get("env"), labels.get("layer")) == (environment, "space")
    return labels.get("space", "") if of_a_space else ""


def _zone(port: Any, environment: str) -> str:
    """The zone that a port of the core router is in, by its name; empty when the platform did not make it."""
    return _between(str(port.name or ""), f"{environment}-", "-core")


def _between(text: str, start: str, end: str) -> str:
    fits = text.startswith(start) and text.endswith(end)
    return text[len(start) : -len(end)] if fits else ""


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - {""}))


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - SHOWN
    return ", ".join(listed[:SHOWN]) + (f" and {more} more" if more > 0 else "")
