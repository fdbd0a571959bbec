"""What is asked of a space, as changes of its table; refuses what would take something away or cannot follow.

What the tables themselves allow (quota, bases, last day) is judged by load_space and clear, on the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from infra.config import Phase
from infra.specification import SpaceSpecification
from socle.errors import UserError

FROM: Mapping[Phase, frozenset[Phase]] = {
    "frozen": frozenset({"open"}),
    "open": frozenset({"frozen", "closed"}),
    "closed": frozenset({"open", "frozen"}),
}
"""For each phase, those that a space may come from. A closed one is first thawed: its hosts are made anew."""


@dataclass(frozen=True)
class Extension:
    """What `extend` was asked for; what was not said stays as it is. `volumes`: size in GiB by short name."""

    until: date | None = None
    bases: Sequence[str] = ()
    volumes: Mapping[str, int] | None = None


Changes = dict[tuple[str | int, ...], Any]
"""New values, by where they stand in the space's table."""


def to_phase(before: SpaceSpecification, phase: Phase) -> Changes:
    """The change that brings the space into the phase; none when it is there. UserError when it cannot be."""
    now = before.space.phase
    if now == phase:
        return {}
    if now not in FROM[phase]:
        what = f"space {before.name} is {now}, and cannot become {phase} from there"
        raise UserError(what, before.source.document.label, f"it can from {' or '.join(sorted(FROM[phase]))}")
    return {("phase",): phase}


def extended(before: SpaceSpecification, asked: Extension) -> Changes:
    """The changes that extend the space; UserError when one of them would take something away."""
    where, space = before.source.document.label, before.space
    found: Changes = {}
    if space.phase == "closed":
        raise UserError(f"space {before.name} is closed", where, "thaw it first: `socle space thaw`")
    if asked.until is not None and asked.until < space.expiry:
        what = f"{asked.until} is before the space's last day, {space.expiry}"
        raise UserError(what, where, "extend only moves it later; to end it now, freeze or close it")
    if asked.until is not None and asked.until != space.expiry:
        found["expiry",] = asked.until
    if new := [name for name in asked.bases if name not in space.bases]:
        found["bases",] = [*space.bases, *new]
    if asked.volumes:
        found |= _with_volumes(before, asked.volumes)
    return found


def _with_volumes(before: SpaceSpecification, sizes: Mapping[str, int]) -> Changes:
    where, found, profile = before.source.document.label, Changes(), before.base.profile
    there = {
        volume.name: (("hosts", index, "volumes", position, "size_gib"), volume.size_gib)
        for index, host in enumerate(before.space.hosts)
        for position, volume in enumerate(host.volumes)
    }
    for name, size in sizes.items():
        if name not in there:
            known = ", ".join(sorted(there)) or "it has none"
            raise UserError(f"space {before.name} has no volume {name}", where, f"choose {known}")
        at, now = there[name]
        if size < now:
            what = f"volume {name} has {now} GiB already, and cannot shrink to {size}"
            raise UserError(what, where, "say a larger size")
        if size > now and not profile.features.volume_growth:
            what = f"volume {name} cannot grow: profile {profile.name} does not have volume_growth"
            raise UserError(what, where, "open another space with a larger volume, and copy")
        if size > now:
            found[at] = size
    return found
