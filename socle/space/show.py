"""The list of an environment's spaces, as people read it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.specification import SpaceSpecification, load_spaces
from socle.errors import UserError
from socle.space.credential import read

COLUMNS = ("space", "phase", "last day", "owner", "bases", "hosts", "volumes", "credentials")


def rows(environment: str, today: date, keys: Path) -> list[tuple[str, ...]]:
    """A row for each space; FactError when a table is wrong. `keys`: where its credentials lie."""
    return [_row(space, today, keys) for space in load_spaces(environment)]


def print_list(environment: str, today: date, keys: Path) -> None:
    """Print them as a table."""
    drawn = Table(*COLUMNS, box=None, pad_edge=False)
    for row in rows(environment, today, keys):
        drawn.add_row(*row)
    Console().print(drawn)


def _row(spec: SpaceSpecification, today: date, keys: Path) -> tuple[str, ...]:
    space = spec.space
    held = sum(volume.size_gib for host in space.hosts for volume in host.volumes)
    return (
        spec.name,
        space.phase,
        _until(space.expiry, today),
        space.owner,
        ", ".join(space.bases) or "none",
        f"{len(space.hosts)} of {space.quota.hosts}",
        f"{held} of {space.quota.volumes_gib} GiB",
        _credentials(spec, today, keys),
    )


def _until(day: date, today: date) -> str:
    left = (day - today).days
    return f"{day} ({left} days)" if left >= 0 else f"{day} (over)"


def _credentials(spec: SpaceSpecification, today: date, keys: Path) -> str:
    """When they end, as our own file says: the cloud is not asked."""
    try:
        found = read(keys, spec.stack)
    except UserError:
        return "damaged"
    if found is None:
        return "none"
    return _until(found.expires.date(), today) + ("" if found.settled else ", old ones not revoked yet")
