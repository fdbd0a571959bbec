"""What the stacks' states declare, in the words of the inventory.

A value is what the program said; where it said nothing, the service's default; and only what a service
chooses itself (addresses, MACs) is what the state noted. So a setting that somebody made by hand is not taken
for declared because a refresh wrote it into the state. Tells nothing about the cloud. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from socle.drift import declared_network, declared_rest
from socle.drift.thing import Declared
from socle.drift.wording import PREFIX, Resource, State

_MAKERS = {**declared_network.MAKERS, **declared_rest.MAKERS}
TIES = frozenset(
    f"{PREFIX}{name}"
    for name in (
        "networking/floatingIpAssociate:FloatingIpAssociate",
        "networking/subnetRoute:SubnetRoute",
        "networking/routerRoute:RouterRoute",
        "compute/volumeAttach:VolumeAttach",
    )
)
"""Resources that are a property of another one in the cloud."""


@dataclass(frozen=True)
class Expectation:
    """`things` by kind. `unknown`: resources of a type that nothing compares. `pending`: interrupted work."""

    things: Mapping[str, tuple[Declared, ...]]
    unknown: tuple[Resource, ...] = ()
    pending: tuple[str, ...] = ()
    projects: frozenset[str] = frozenset()
    """Keystone projects in which the states have what they have."""
    default_rules: frozenset[str] = field(default_factory=frozenset)
    """Security groups that keep the two rules with which neutron makes each."""


def expectation(states: Mapping[str, dict[str, Any]]) -> Expectation:
    """Of all stacks of an environment: their exported states by name."""
    resources = [one for stack, exported in states.items() for one in _resources(stack, exported)]
    state = State(resources)
    things: dict[str, list[Declared]] = defaultdict(list)
    unknown = []
    for one in resources:
        if one.type in TIES:
            continue
        make = _MAKERS.get(one.type)
        if make is None:
            unknown.append(one)
            continue
        thing = make(one, state)
        things[thing.kind].append(thing)
    projects = frozenset(str(one.noted["tenantId"]) for one in resources if one.noted.get("tenantId"))
    if things["container"]:
        things["account"] += [declared_rest.account(project) for project in projects]
    return Expectation(
        {kind: tuple(found) for kind, found in things.items() if found},
        tuple(unknown),
        tuple(sorted(_pending(states.values()))),
        projects,
        frozenset(
            one.id
            for one in resources
            if one.type == declared_network.GROUP and not one.inputs.get("deleteDefaultRules")
        ),
    )


def _resources(stack: str, exported: Mapping[str, Any]) -> list[Resource]:
    found = []
    for it in (exported.get("deployment") or {}).get("resources") or []:
        kind = str(it["type"])
        if not kind.startswith(PREFIX) or it.get("external") or it.get("delete") or not it.get("id"):
            continue
        inputs, outputs = it.get("inputs") or {}, it.get("outputs") or {}
        found.append(Resource(stack, str(it["urn"]), kind, str(it["id"]), inputs, outputs))
    return found


def _pending(states: Iterable[Mapping[str, Any]]) -> list[str]:
    operations = (
        it for state in states for it in (state.get("deployment") or {}).get("pending_operations") or []
    )
    return [f"{it['type']} {it['resource']['urn']}" for it in operations]
