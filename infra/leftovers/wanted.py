"""What a stack has, wants, or was about to make: read from `pulumi stack export` and `pulumi preview --json`.

Pure; says nothing about what the cloud has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

PORT = "openstack:networking/port:Port"
CREATES = ("create", "create-replacement")
State = dict[str, Any]
CLOCKS = timedelta(seconds=60)
"""By how much the cloud's clock may be behind ours; it tells whole seconds, too."""


class Why(StrEnum):
    """How we know of a resource."""

    PENDING = "its creation was interrupted"
    PLANNED = "the program wants it and the state has none"
    STANDING = "the state has another one of that name"


@dataclass(frozen=True)
class Wanted:
    """A resource that the stack names as its own; `inputs` may hold unknown values when it is planned."""

    urn: str
    type: str
    inputs: dict[str, Any]
    why: Why
    parent: str = ""
    provider: str = ""

    @property
    def name(self) -> str:
        """Its name in the program, which is its name in the cloud too where it has one."""
        return self.urn.rsplit("::", 1)[-1]


def _wanted(resource: dict[str, Any], why: Why) -> Wanted:
    return Wanted(
        urn=str(resource["urn"]),
        type=str(resource["type"]),
        inputs=resource.get("inputs") or {},
        why=why,
        parent=resource.get("parent") or "",
        # The state names a provider by URN and id.
        provider=(resource.get("provider") or "").rpartition("::")[0],
    )


def resources(state: State) -> list[dict[str, Any]]:
    """The resources of an exported state."""
    return (state.get("deployment") or {}).get("resources") or []


def operations(state: State) -> list[dict[str, Any]]:
    """The operations that an exported state calls pending."""
    return (state.get("deployment") or {}).get("pending_operations") or []


def pending(state: State) -> tuple[Wanted, ...]:
    """Interrupted creations. Pulumi repeats updates and deletions by itself: those are safe to repeat."""
    creates = (entry["resource"] for entry in operations(state) if entry["type"] == "creating")
    return tuple(_wanted(resource, Why.PENDING) for resource in creates)


def standing(state: State) -> tuple[Wanted, ...]:
    """What the state has, with an id."""
    return tuple(_wanted(resource, Why.STANDING) for resource in resources(state) if resource.get("id"))


def planned(preview: dict[str, Any]) -> tuple[Wanted, ...]:
    """What the next `up` would create."""
    steps = (step for step in preview.get("steps") or () if step["op"] in CREATES)
    return tuple(_wanted(step["newState"], Why.PLANNED) for step in steps)


def known(states: Iterable[State]) -> frozenset[tuple[str, str]]:
    """Type and id of everything that some stack has, also what it has yet to delete."""
    return frozenset(
        (str(resource["type"]), str(resource["id"]))
        for state in states
        for resource in resources(state)
        if resource.get("id")
    )


def half_made(state: State) -> dict[str, str]:
    """What was made with an error after the id was known: ids by URN."""
    return {str(it["urn"]): str(it["id"]) for it in resources(state) if it.get("initErrors")}


def ports(state: State, ids: Iterable[str]) -> tuple[str, ...]:
    """URNs of the ports with these ids that the state has."""
    gone = set(ids)
    return tuple(
        str(resource["urn"])
        for resource in resources(state)
        if resource["type"] == PORT and resource.get("id") in gone
    )


def settled(state: State) -> State:
    """The state without pending creations."""
    kept = [entry for entry in operations(state) if entry["type"] != "creating"]
    deployment = {key: value for key, value in state["deployment"].items() if key != "pending_operations"}
    return {**state, "deployment": {**deployment, **({"pending_operations": kept} if kept else {})}}


def since(state: State, history: list[dict[str, Any]]) -> datetime | None:
    """From when on something in the cloud can be what an unsuccessful `up` left: the last one that succeeded.

    Without any, when the stack was first worked on. `history`: `pulumi stack history --json`, newest first;
    a killed run is not in it. None when nothing is known of the stack: then nothing can be its leftover.
    """
    for entry in history:
        if entry.get("result") == "succeeded" and entry.get("kind") in ("update", "destroy"):
            return datetime.fromisoformat(entry["endTime"]) - CLOCKS
    starts = [entry["startTime"] for entry in history]
    starts += [resource["created"] for resource in resources(state) if resource.get("created")]
    return min((datetime.fromisoformat(start) - CLOCKS for start in starts), default=None)


def written(state: State) -> datetime | None:
    """When the state was last written; None when it does not say."""
    time = ((state.get("deployment") or {}).get("manifest") or {}).get("time")
    return datetime.fromisoformat(time) if time else None
