"""Whether what should end soon does: the same question of credentials and of keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from policies.model import Said, World, unproven, violation
from policies.values import Unknown


def ends_in_time(said: str | Unknown | None, what: str, world: World) -> Iterator[Said]:
    """What is wrong with an end: an ISO 8601 date, within the days from today that the policy sets as `days`.

    `what`: the property, for messages.
    """
    if isinstance(said, Unknown):
        yield unproven(f"{what} cannot be known")
        return
    if said is None:
        yield violation("never ends")
        return
    try:
        days = (date.fromisoformat(said[:10]) - world.today).days
    except ValueError:
        yield violation(f"{what} is no date")
        return
    if days > int(world.params["days"]):
        yield violation(f"ends in {days} days only")
