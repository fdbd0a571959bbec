"""The tables of the measured environment: a platform of its own, and as many spaces as are asked for. Pure.

The spaces have no servers, which a specification may say (`hosts: []`), and no base: the data layer, whose
bases they would read, cannot be taken away again. All else is what any space has.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from infra.stackfile import stack_file
from socle.space.table import written

ENVIRONMENT = "fleet"
NETWORK = "10.20.0.0/16"
PLATFORM = f"{ENVIRONMENT}-platform"
FEW = 2
"""How many spaces exist in the first half of a run."""
MOST = 500
"""An environment's network holds 512."""


def stack_of(number: int) -> str:
    """The stack of the space with this number."""
    return f"{ENVIRONMENT}-space-s{number:03d}"


def numbers(spaces: int, retired: Collection[int]) -> list[int]:
    """The numbers of that many spaces: the lowest that zones.yaml has not retired."""
    return [number for number in range(spaces + len(retired)) if number not in retired][:spaces]


def table(number: int, today: date) -> dict[str, Any]:
    """What the space's file says."""
    return {
        "environment": ENVIRONMENT,
        "number": number,
        "owner": "bench-spaces",
        "purpose": "One of many, to measure what one more costs",
        "protect": False,
        "phase": "open",
        "expiry": today + timedelta(days=365),
        "bases": [],
        "quota": {"hosts": 1, "volumes_gib": 0, "objects_gib": 1},
        "hosts": [],
    }


def write_table(root: Path, number: int, today: date) -> Path:
    """The space's file among the tables of `root`; its path."""
    path = stack_file(stack_of(number), root)
    path.write_text(written(ENVIRONMENT, table(number, today)), encoding="utf-8")
    return path
