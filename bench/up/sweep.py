"""Removes from the cloud whatever carries the bench's name: what an interrupted or failed run left there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from infra.leftovers.cloud import delete, listed
from infra.leftovers.kinds import TAGS, Found
from socle.errors import FailureError

# What uses something comes before it; rules and routes go with what they belong to.
ORDER = (
    "openstack:compute/instance:Instance",
    "openstack:networking/floatingIp:FloatingIp",
    "openstack:networking/routerInterface:RouterInterface",
    "openstack:networking/port:Port",
    "openstack:networking/router:Router",
    "openstack:networking/subnet:Subnet",
    "openstack:networking/network:Network",
    "openstack:networking/secGroup:SecGroup",
    "openstack:blockstorage/volume:Volume",
    "openstack:compute/keypair:Keypair",
)
CONTAINER = "openstack:objectstorage/container:Container"
# A volume is free a moment after its server is gone.
PASSES = 10
PAUSE_SECONDS = 3.0


def carries(things: list[Found], environment: str) -> list[Found]:
    """Those of a project that are the environment's, in the order in which they can go. Pure.

    By name; what has none, by its router or its tag. A floating IP that was not tagged yet is not seen.
    """
    prefix = f"{environment}-"
    named = [it for it in things if it.inputs.get("name", "").startswith(prefix)]
    routers = {it.id for it in named if it.type.endswith(":Router")}
    ours = [
        it
        for it in things
        if it in named
        or it.inputs.get("routerId") in routers
        or f"env={environment}" in (it.inputs.get(TAGS) or ())
    ]
    return sorted((it for it in ours if it.type in ORDER), key=lambda it: ORDER.index(it.type))


def sweep(cloud: Any, environment: str, say: Callable[[str], None]) -> None:
    """Delete all of it, each thing told; FailureError when some stays."""
    reasons: dict[str, str] = {}
    for attempt in range(PASSES):
        left = [*carries(listed(cloud), environment), *_containers(cloud, environment)]
        if not left:
            return
        reasons = {}
        for it in left:
            what = f"{it.type.rpartition(':')[2]} {it.name}"
            try:
                _delete(cloud, it)
            except Exception as error:  # openstacksdk raises many kinds, each with its own words
                reasons[what] = " ".join(str(error).split())
            else:
                say(f"removed {what}")
        if reasons and attempt + 1 < PASSES:
            time.sleep(PAUSE_SECONDS)
    if reasons:
        what, why = next(iter(reasons.items()))
        raise FailureError(f"{len(reasons)} things stay in the cloud, first {what}: {why}", "cloud")


def _containers(cloud: Any, environment: str) -> list[Found]:
    names = (it.name for it in cloud.object_store.containers())
    return [Found(CONTAINER, name, {"name": name}) for name in names if name.startswith(f"{environment}-")]


def _delete(cloud: Any, thing: Found) -> None:
    if thing.type == CONTAINER:
        cloud.object_store.delete_container(thing.id)
    else:
        delete(cloud, thing)
