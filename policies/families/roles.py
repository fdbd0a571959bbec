"""Identity: which roles are given, and to whom."""

from __future__ import annotations

from collections.abc import Iterator

from policies.families.identity import ASSIGNMENT, USER
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource


@policy(
    "IAM-02",
    rule=(
        "A role goes to a group or a service user of the stack, and is one that may be given.",
        "Un rôle va à un groupe ou à un utilisateur de service de la pile, et peut être donné.",
    ),
    reason=(
        "A role given to a person outlives its reason; one that administers undoes every rule.",
        "Un rôle donné à une personne survit à sa raison ; un rôle d'administration défait toute règle.",
    ),
    fix=(
        "Assign to a group; give a role of `roles`: names, or ids where another stack made it.",
        "Attribuer à un groupe ; donner un rôle de `roles` : noms, ou identifiants s'il vient d'ailleurs.",
    ),
    clauses=("secnumcloud-3.2:9.3.f", "snds-2024:8.2"),
    kinds=(ASSIGNMENT,),
    graph=True,
    counter="the role admin, or any role to the user id of a person",
    params={"roles": [], "refused": ["admin", "manager"]},
)
def listed_roles(resource: Resource, world: World) -> Iterator[Said]:
    """By name where the stack makes the role, else by id; an id is no name, so only `roles` can allow it."""
    users = world.graph.follow(resource, "userId", USER)
    if users.outside:
        yield violation(f"goes to user {users.outside[0]}, whom this stack does not make")
    elif users.unknown:
        yield unproven("to whom it goes cannot be known")
    roles = world.graph.follow(resource, "roleId", "identity/role")
    allowed, refused = world.params["roles"], world.params["refused"]
    for said in [str(one.get("name") or one.name) for one in roles.found] + list(roles.outside):
        if said in refused:
            yield violation(f"gives {said}, which is refused")
        elif allowed and said not in allowed:
            yield violation(f"gives {said}, which is not listed")
    if roles.unknown:
        yield unproven("its role cannot be known")
