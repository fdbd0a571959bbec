"""The list of an environment's spaces, as people read it."""

from __future__ import annotations

from datetime import date

from rich.console import Console
from rich.table import Table

from infra.specification import SpaceSpecification, load_spaces


def rows(environment: str, today: date) -> list[tuple[str, ...]]:
    """Name, phase, last day, owner, bases, hosts, volumes; FactError when a table is wrong."""
    return [_row(space, today) for space in load_spaces(environment)]


def print_list(environment: str, today: date) -> None:
    """Print them as a table."""
    drawn = Table(
        "space", "phase", "last day", "owner", "bases", "hosts", "volumes", box=None, pad_edge=False
    )
    for row in rows(environment, today):
        drawn.add_row(*row)
    Console().print(drawn)


def _row(spec: SpaceSpecification, today: date) -> tuple[str, ...]:
    space = spec.space
    left = (space.expiry - today).days
    when = f"{space.expiry} ({left} days)" if left >= 0 else f"{space.expiry} (over)"
    held = sum(volume.size_gib for host in space.hosts for volume in host.volumes)
    return (
        spec.name,
        space.phase,
        when,
        space.owner,
        ", ".join(space.bases) or "none",
        f"{len(space.hosts)} of {space.quota.hosts}",
        f"{held} of {space.quota.volumes_gib} GiB",
    )
