"""A project space in hostile hands: what test_hostile_* share."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from tests.cloud.live import NAME
from tests.cloud.opened import land

SPACE = land().spaces[min(land().spaces)]
DESK = SPACE.hosts[0].name
PREFIX = f"{NAME}-{SPACE.name}"
INSIDE = "198.18.255.1"  # what every embedded cloud offers its guests: packages and time

both = pytest.mark.parametrize("twin", [False, True], ids=["blocked", "twin"])
# The space's own groups could be opened by whoever holds its credential: the other side has to suffice.
sides = pytest.mark.parametrize("opening", ["nothing", "the space's side", "both sides"])


def when(twin: bool, context: AbstractContextManager[object]) -> AbstractContextManager[object]:
    """The context for the twin, nothing for the probe."""
    return context if twin else nullcontext()


def address_of(name: str) -> str:
    """The address of a host of the platform."""
    return next(str(placed.address) for placed in land().plan.hosts if placed.name == name)
