"""What the data layer is to hold, and what of it has been released. Pure: today's date is given."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from infra.config import Base, BaseVolume, Data, Profile, Release
from infra.plan.objects import base_container
from infra.plan.problem import PlanError, choose

LONGEST_RELEASE = timedelta(days=180)


Said = TypeVar("Said", Base, BaseVolume)


@dataclass(frozen=True)
class Kept(Generic[Said]):
    """A base or volume by its full name; `release` is what lifts its protection, if anything does."""

    name: str
    said: Said
    release: Release | None


@dataclass(frozen=True)
class DataPlan:
    """Every container and volume, in the order they are declared."""

    containers: tuple[Kept[Base], ...]
    volumes: tuple[Kept[BaseVolume], ...]


def make_data_plan(data: Data, profile: Profile, today: date) -> DataPlan:
    """The plan, or PlanError. A release that has expired is an error: it counts as absent."""
    check_versions(profile, "bases", data.bases)
    bases = [base.name for base in data.bases]
    for index, volume in enumerate(data.volumes):
        if volume.base not in bases:
            what = f"volume {volume.name} is of base {volume.base}, which is unknown; {choose(bases)}"
            raise PlanError("stack", ("volumes", index, "base"), what)
    known = [*bases, *(volume.name for volume in data.volumes)]
    for index, release in enumerate(data.released):
        _check(release, index, known, today)
    released = {release.name: release for release in data.released}
    return DataPlan(
        tuple(
            Kept(base_container(data.environment, base.name), base, released.get(base.name))
            for base in data.bases
        ),
        tuple(
            Kept(f"{data.environment}-data-{volume.name}", volume, released.get(volume.name))
            for volume in data.volumes
        ),
    )


def check_versions(profile: Profile, key: str, containers: Collection[object]) -> None:
    """PlanError at `key` when there are containers whose older versions the provider would not keep."""
    if containers and not profile.features.object_versioning:
        what = f"{key}: profile {profile.name} keeps no versions of objects; take a provider that does"
        raise PlanError("stack", (key,), what)


def _check(release: Release, index: int, known: list[str], today: date) -> None:
    loc = ("released", index)
    if release.name not in known:
        what = (
            f"release of {release.name}, which is neither base nor volume here; "
            f"remove the release, or {choose(known)}"
        )
        raise PlanError("stack", (*loc, "name"), what)
    if release.expiry < today:
        what = (
            f"release of {release.name} expired on {release.expiry} and counts as absent; "
            "remove it, or have it approved anew"
        )
        raise PlanError("stack", (*loc, "expiry"), what)
    if release.expiry > today + LONGEST_RELEASE:
        latest = today + LONGEST_RELEASE
        what = (
            f"release of {release.name} lasts until {release.expiry}, over 180 days; {latest} is the latest"
        )
        raise PlanError("stack", (*loc, "expiry"), what)
