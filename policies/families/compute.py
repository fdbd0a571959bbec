"""Compute: servers, and how they are spread."""

from __future__ import annotations

from collections.abc import Iterator

from policies.graph.topology import INSTANCE
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, opened

GROUP = "compute/serverGroup"


def _roles(server: Resource, world: World) -> frozenset[str]:
    return frozenset(world.graph.labels(server).get("role", "").split(",")) - {""}


def _beside(resource: Resource, roles: frozenset[str], world: World) -> list[Resource]:
    """Other servers of these roles that are, or may be, in the same zone."""

    def by_role_and_zone() -> dict[str, dict[str | None, list[Resource]]]:
        found: dict[str, dict[str | None, list[Resource]]] = {}
        for one in world.graph.index.all(INSTANCE):
            zone = one.text("availabilityZone")
            for role in _roles(one, world):
                at = found.setdefault(role, {})
                at.setdefault("" if isinstance(zone, Unknown) else f"in {zone}", []).append(one)
        return found

    zone = resource.text("availabilityZone")
    found: dict[str, Resource] = {}
    for role in roles:
        at = world.graph.once("servers by role and zone", by_role_and_zone).get(role, {})
        zones = list(at) if isinstance(zone, Unknown) else ["", f"in {zone}"]
        found |= {one.urn: one for name in zones for one in at.get(name, ()) if one is not resource}
    return list(found.values())


def _apart(one: Resource, other: Resource, world: World) -> bool | None:
    """Whether a group keeps them apart; None when that cannot be known."""
    groups = [world.graph.follow(server, "schedulerHints", GROUP, key="group") for server in (one, other)]
    shared = [it for it in groups[0].found if it in groups[1].found]
    if any(it.get("policies") in ("anti-affinity", ["anti-affinity"]) for it in shared):
        return True
    hidden = any(it.unknown for it in groups) or any(
        isinstance(it.text("policies"), Unknown) for it in shared
    )
    return None if hidden else False


@policy(
    "CMP-04",
    rule=(
        "A server has a config drive, and ports that were declared.",
        "Un serveur a un config drive, et des ports déclarés.",
    ),
    reason=(
        "A port that nova makes has the default group and an address nobody planned.",
        "Un port fait par nova a le groupe par défaut et une adresse que personne n'a prévue.",
    ),
    fix=("Set configDrive, and networks by port.", "Fixer configDrive, et les réseaux par port."),
    clauses=("secnumcloud-3.2:13.2.a",),
    kinds=(INSTANCE,),
    counter="networks: [{name: private}]",
)
def declared_ports(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its switch and its networks."""
    drive = resource.flag("configDrive")
    if isinstance(drive, Unknown):
        yield unproven("configDrive cannot be known")
    elif drive is not True:
        yield violation("has no config drive, so it trusts the metadata service")
    networks = resource.items("networks")
    if isinstance(networks, Unknown):
        yield unproven("its networks cannot be known")
    elif not networks:
        yield violation("takes whatever network there is")
    elif any(isinstance(item := opened(one), dict) and "port" not in item for one in networks):
        yield violation("lets nova make a port")


@policy(
    "CMP-05",
    rule=(
        "Servers of one role stand apart: in one anti-affinity group, or in different zones.",
        "Les serveurs d'un même rôle sont séparés : groupe d'anti-affinité ou zones différentes.",
    ),
    reason=("Two copies on one machine fail together.", "Deux copies sur une machine tombent ensemble."),
    fix=(
        "Put them into a server group with anti-affinity.",
        "Les mettre dans un groupe de serveurs en anti-affinité.",
    ),
    clauses=("secnumcloud-3.2:17.4.a", "hds-2:EXI-05.G"),
    kinds=(INSTANCE,),
    graph=True,
    counter="two resolvers with no server group",
    params={"single": ["workstation"]},
)
def stand_apart(resource: Resource, world: World) -> Iterator[Said]:
    """With every other server of a role that it has."""
    own = _roles(resource, world) - set(world.params["single"])
    for other in _beside(resource, own, world):
        shared = own & _roles(other, world)
        apart = _apart(resource, other, world)
        if apart is True:
            continue
        zones = [one.text("availabilityZone") for one in (resource, other)]
        if apart is None or any(isinstance(one, Unknown) for one in zones):
            yield unproven(f"whether it stands apart from {other.name} cannot be known")
        else:
            yield violation(f"may stand on one machine with {other.name}, also {', '.join(sorted(shared))}")


@policy(
    "CMP-06",
    rule=("No server is deleted by force.", "Aucun serveur n'est supprimé de force."),
    reason=(
        "Force skips what would have kept it restorable.",
        "La force saute ce qui l'aurait gardé restaurable.",
    ),
    fix=("Leave forceDelete out.", "Omettre forceDelete."),
    clauses=("secnumcloud-3.2:17.4.a",),
    kinds=(INSTANCE,),
    counter="forceDelete: true",
)
def not_by_force(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its switch."""
    said = resource.flag("forceDelete")
    if isinstance(said, Unknown):
        yield unproven("forceDelete cannot be known")
    elif said:
        yield violation("forceDelete is set")


@policy(
    "CMP-07",
    rule=(
        "A server's key pair is one that the stack shows.",
        "La paire de clés d'un serveur est une que la pile montre.",
    ),
    reason=(
        "A key from elsewhere is a way in that no review saw.",
        "Une clé venue d'ailleurs est une entrée qu'aucune revue n'a vue.",
    ),
    fix=("Declare the key pair in the stack.", "Déclarer la paire de clés dans la pile."),
    clauses=("secnumcloud-3.2:9.5.a", "secnumcloud-3.2:10.2.e"),
    kinds=(INSTANCE,),
    graph=True,
    counter="keyPair: somebodys-laptop",
)
def keys_shown(resource: Resource, world: World) -> Iterator[Said]:
    """By the key pair that it names."""
    keys = world.graph.follow(resource, "keyPair", "compute/keypair")
    if keys.outside:
        yield violation(f"takes key pair {keys.outside[0]}, which this stack does not declare")
    elif keys.unknown:
        yield unproven("its key pair cannot be known")
