"""What two stacks must not share: a network, a number, a server's name. Compares what the files say."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from infra.config import Platform, Space, Zones
from infra.plan.problem import PlanError
from infra.stackfile import space_of

Said = Mapping[str, Mapping[str, Any]]
"""What stacks of one layer say, by the stack's name; not validated."""

RESERVED = frozenset({"edge", "core", "spaces", "transit", "data", "base", "platform"})
"""Names a space may not have: the platform calls something of its own so."""


def check_network(stack: str, platform: Platform, platforms: Said) -> None:
    """PlanError when another environment's network overlaps this one's."""
    for other, said in platforms.items():
        try:
            overlaps = platform.network.overlaps(IPv4Network(str(said.get("network"))))
        except ValueError:
            continue  # that stack's own load says what is wrong with it
        if other != stack and overlaps:
            what = f"network: {platform.network} overlaps {said['network']} of {other}; take another block"
            raise PlanError("stack", ("network",), what)


def check_space(stack: str, space: Space, zones: Zones, servers: Mapping[str, str], spaces: Said) -> None:
    """PlanError when a space has a number or a name that something else has, or had.

    `servers`: the platform's, each with its stack. `spaces`: those of the same environment.
    """
    name = space_of(stack)
    if name in RESERVED or name in zones.zones:
        what = f"space {name}: the platform calls something of its own so; rename the file"
        raise PlanError("stack", (), what)
    if space.number in zones.spaces.retired:
        raise PlanError("stack", ("number",), f"number: {space.number} is retired; take one never used")
    taken = dict(servers)
    for other, said in spaces.items():
        if other == stack:
            continue
        if said.get("number") == space.number:
            what = f"number: {space.number} is the number of {other} too; take one never used"
            raise PlanError("stack", ("number",), what)
        hosts = [host for host in said.get("hosts") or () if isinstance(host, dict)]
        taken |= {f"{space.environment}-{space_of(other)}-{host.get('name')}": other for host in hosts}
    for index, host in enumerate(space.hosts):
        full = f"{space.environment}-{name}-{host.name}"
        if full in taken:
            what = f"host {host.name} would be called {full}, as one of {taken[full]} is; rename it"
            raise PlanError("stack", ("hosts", index, "name"), what)
