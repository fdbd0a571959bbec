"""From what was measured to how long a large migration takes: a calculation, said as one. Pure.

A step over N objects and B bytes takes the longer of B / (line x share) and N / (objects a second x
processes). The objects a second are measured with small ones: what requests cost, not bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from socle.migrate.bandwidth import duration

OBJECTS, SIZE = 30_000_000, 400 * 10**12
LINES = {"1 Gb/s": 125 * 10**6, "10 Gb/s": 1250 * 10**6}
SHARE = 0.75
"""Of a line that data get: an assumption, for headers, other traffic and uneven hours."""
_AT = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = (
    ("inventory", "inventory", False),
    ("copy", "copy", True),
    ("last delta, nothing changed", "inventory", False),
    ("verification", "verify", True),
    ("listing before the switch", "inventory", False),
    ("verification after the retention", "verify", True),
    ("deletion at the source", "delete", False),
)
WAIT = "source read-only until the switch, at least"
READ_ONLY = ("last delta, nothing changed", "verification", "listing before the switch")


def rows(per_second: Mapping[str, float], processes: int) -> list[dict[str, Any]]:
    """A row a step, seconds by line; `processes` share a copy or verification on one ledger."""
    made: dict[str, dict[str, int]] = {}
    for step, measured, carries in STEPS:
        by_objects = OBJECTS / (per_second[measured] * (processes if carries else 1))
        made[step] = {}
        for name, line in LINES.items():
            by_size = duration(SIZE if carries else 0, _AT, None, line * SHARE)
            made[step][name] = round(max(by_objects, by_size.total_seconds() if by_size else 0))
    made[WAIT] = {name: sum(made[step][name] for step in READ_ONLY) for name in LINES}
    return [{"step": step, "seconds": seconds} for step, seconds in made.items()]
