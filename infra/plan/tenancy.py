"""What a project space may be: its quota, its bases, how long it may last. Pure: today's date is given."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations

from infra.config import Base, Profile, Quota, Space
from infra.plan.identity import clashes
from infra.plan.problem import PlanError, choose

LONGEST_SPACE = timedelta(days=5 * 366)
"""From today to the last day of any space: a longer study is extended when that day comes near."""
SOON = timedelta(days=30)
"""How long before its last day a space's owner is told of it."""


def check_quota(space: Space, profile: Profile) -> None:
    """PlanError when the quota is beyond the profile's, or the table takes more than its quota."""
    for key in Quota.model_fields:
        most, asked = getattr(profile.space_quota, key), getattr(space.quota, key)
        if asked > most:
            what = f"quota.{key}: {asked} is beyond profile {profile.name}'s {most} for a space; take less"
            raise PlanError("stack", ("quota", key), what)
    if len(space.hosts) > space.quota.hosts:
        what = (
            f"hosts: {len(space.hosts)} are beyond the space's quota of {space.quota.hosts}; "
            "take fewer, or have the quota raised"
        )
        raise PlanError("stack", ("hosts", space.quota.hosts), what)
    taken = 0
    for index, host in enumerate(space.hosts):
        for position, volume in enumerate(host.volumes):
            taken += volume.size_gib
            if taken > space.quota.volumes_gib:
                what = (
                    f"volume {volume.name} of {host.name} brings it to {taken} GiB, "
                    f"beyond its quota of {space.quota.volumes_gib}; make it smaller, or raise the quota"
                )
                raise PlanError("stack", ("hosts", index, "volumes", position), what)


def check_bases(name: str, space: Space, catalogue: Mapping[str, Base]) -> None:
    """PlanError when a base is not in the catalogue, or two of them may not come together.

    Nor may the space called `name` have a container of its own that is called as a base's is.
    """
    if base := clashes(name, tuple(catalogue.values())):
        what = f"space {name}: one of its containers would be called as that of base {base}; rename the file"
        raise PlanError("stack", (), what)
    for index, one in enumerate(space.bases):
        if one not in catalogue:
            raise PlanError("stack", ("bases", index), f"base {one} is unknown; {choose(catalogue)}")
    for one, other in combinations(sorted(space.bases), 2):
        if other in catalogue[one].not_with or one in catalogue[other].not_with:
            what = f"bases {one} and {other} may not be read in one space (not_with); leave one out"
            raise PlanError("stack", ("bases", max(map(space.bases.index, (one, other)))), what)


def check_combinations(bases: Sequence[Base]) -> None:
    """PlanError when a base of the catalogue may not come with one that is none, or with itself."""
    names = [base.name for base in bases]
    for index, base in enumerate(bases):
        for position, other in enumerate(base.not_with):
            if other not in names or other == base.name:
                others = [name for name in names if name != base.name]
                what = f"base {base.name} may not come with {other}, which is no other base; {choose(others)}"
                raise PlanError("stack", ("bases", index, "not_with", position), what)


def check_term(space: Space, today: date) -> None:
    """PlanError when people would work in the space beyond its last day, or that day is too far."""
    if space.phase == "open" and space.expiry < today:
        what = f"expiry: the space's last day was {space.expiry}; extend it, or say phase frozen or closed"
        raise PlanError("stack", ("expiry",), what)
    latest = today + LONGEST_SPACE
    if space.expiry > latest:
        what = f"expiry: {space.expiry} is more than five years away; {latest} is the latest"
        raise PlanError("stack", ("expiry",), what)


def ends_soon(space: Space, today: date) -> str:
    """A warning when the last day of an open space is near; else nothing."""
    if space.phase != "open" or space.expiry > today + SOON:
        return ""
    days = (space.expiry - today).days
    return f"expiry: the space's last day is {space.expiry}, in {days} days; extend it, or plan its freeze"
