"""What a change of a space will do, in words: for who approves it, before anything is done. Pure."""

from __future__ import annotations

from infra.config import Volume
from infra.specification import SpaceSpecification


def changes(before: SpaceSpecification | None, after: SpaceSpecification) -> list[str]:
    """One sentence for each thing that will be different; empty when nothing will."""
    if before is None:
        return _opened(after)
    said = [*_phase(before, after), *_grown(before, after)]
    if before.space.expiry != after.space.expiry:
        said.append(f"Its last day is {after.space.expiry} instead of {before.space.expiry}.")
    said += [
        f"It is granted the base {name}." for name in after.space.bases if name not in before.space.bases
    ]
    for key in type(after.space.quota).model_fields:
        old, new = getattr(before.space.quota, key), getattr(after.space.quota, key)
        if old != new:
            said.append(f"Its quota of {key.replace('_gib', ' (GiB)')} is {new} instead of {old}.")
    return said


def _opened(after: SpaceSpecification) -> list[str]:
    space, plan = after.space, after.plan
    said = [
        f"A network of its own, {plan.subnet}, behind a router of its own; the platform sees {plan.transit}.",
        f"Two containers of {space.quota.objects_gib} GiB: what comes in, what is to go out.",
        f"People may work in it until {space.expiry}; {space.owner} answers for it.",
    ]
    said += [
        f"Host {placed.name} ({placed.host.size}) at {placed.address}{_with(placed.host.volumes)}."
        for placed in plan.declared
    ]
    if plan.grants:
        said.append(
            f"A Keystone project and a user of its own, {plan.grants[0].project}, and credentials that end."
        )
    return said + [f"It is granted the base {name}." for name in space.bases]


def _phase(before: SpaceSpecification, after: SpaceSpecification) -> list[str]:
    old, new = before.space.phase, after.space.phase
    if old == new:
        return []
    names = ", ".join(placed.name for placed in after.plan.declared) or "no host"
    held = "its volumes, their snapshots and backups, and its two containers"
    if new == "frozen":
        return [
            f"Shut down: {names}. Disks, volumes and addresses are kept.",
            f"Its {len(before.plan.perimeter.rules)} rules are removed: nobody in, nothing out.",
            "The bastion no longer forwards to it, the object gateway admits nothing of it.",
            *(["Its user is disabled: its credentials open nothing."] if before.plan.grants else []),
            "Credential and keys of objects are taken from its hosts.",
        ]
    if new == "closed":
        gone = "Deleted for good, with what lies on their own disks"
        user = ["Its project and user at the cloud are deleted, and every credential with them."]
        return [
            f"{gone}: {names}.",
            "Its networks and rules are removed.",
            *(user if before.plan.grants else []),
            f"Kept, to be erased: {held}.",
        ]
    if old == "frozen":
        return [
            f"Started: {names}.",
            f"Its {len(after.plan.perimeter.rules)} rules are back, and the bastion forwards to it.",
            *(["Its user is enabled again."] if after.plan.grants else []),
        ]
    return [
        f"Made anew from the image: {names}. Their volumes are the old ones.",
        f"Its networks and {len(after.plan.perimeter.rules)} rules are back, and the bastion forwards to it.",
        *(["It gets a new project, a new user and new credentials."] if after.plan.grants else []),
    ]


def _grown(before: SpaceSpecification, after: SpaceSpecification) -> list[str]:
    old = {placed.name: placed.host for placed in before.plan.declared}
    said = []
    for placed in after.plan.declared:
        if placed.name not in old:
            said.append(f"Host {placed.name} comes at {placed.address}{_with(placed.host.volumes)}.")
            continue
        sizes = {volume.name: volume.size_gib for volume in old[placed.name].volumes}
        for volume in placed.host.volumes:
            if volume.name in sizes and volume.size_gib != sizes[volume.name]:
                was = sizes[volume.name]
                said.append(
                    f"Volume {volume.name} of {placed.name} grows from {was} to {volume.size_gib} GiB, "
                    "its content kept."
                )
    return said


def _with(volumes: tuple[Volume, ...]) -> str:
    listed = ", ".join(f"{volume.name} ({volume.size_gib} GiB at {volume.mount})" for volume in volumes)
    return f" with the volume {listed}" if listed else ""
