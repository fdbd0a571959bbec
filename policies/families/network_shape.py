"""Network: how networks and ports are built."""

from __future__ import annotations

from collections.abc import Iterator

from policies.graph.topology import NETWORK, PORT, SUBNET
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.net import Prefix, in_internet, overlap, prefix
from policies.snapshot import Resource
from policies.values import Unknown, known, opened


@policy(
    "NET-10",
    rule=(
        "A port has port security and named groups; only a router's own port goes without.",
        "Un port a la sécurité de port et des groupes nommés ; seul le port d'un routeur s'en passe.",
    ),
    reason=(
        "Without port security no rule counts, and any address may be forged.",
        "Sans sécurité de port aucune règle ne compte, et toute adresse peut être usurpée.",
    ),
    fix=(
        "Set portSecurityEnabled and securityGroupIds; keep allowedAddressPairs to single addresses.",
        "Fixer portSecurityEnabled et securityGroupIds ; limiter allowedAddressPairs à des adresses seules.",
    ),
    clauses=("secnumcloud-3.2:13.2.a",),
    kinds=(PORT,),
    graph=True,
    counter="a host's port with portSecurityEnabled false",
)
def ports_guarded(resource: Resource, world: World) -> Iterator[Said]:
    """By its own switches, and by whether a router has it."""
    if resource.urn in world.graph.topology.router_ports:
        yield not_applicable("a router's port")
        return
    guarded = resource.flag("portSecurityEnabled")
    if guarded is False:
        yield violation("port security is off")
    elif guarded is not True:
        yield unproven("port security is left to the provider: say it")
    groups = world.graph.follow(resource, "securityGroupIds", "networking/secGroup")
    if resource.flag("noSecurityGroups") is True:
        yield violation("has no security group")
    elif groups.empty:
        yield violation("names no group, so it gets the project's default group")
    for item in said if isinstance(said := resource.items("allowedAddressPairs"), list) else [said]:
        pair = opened(item)
        wide = prefix(pair.get("ipAddress")) if isinstance(pair, dict) else prefix(None)
        if isinstance(wide, Unknown):
            yield unproven("an allowed address pair cannot be known")
        elif wide.num_addresses > 1:
            yield violation(f"may send as any address of {wide}")


@policy(
    "NET-11",
    rule=(
        "A network has port security and is neither shared nor external.",
        "Un réseau a la sécurité de port et n'est ni partagé ni externe.",
    ),
    reason=(
        "A shared network is everybody's; an external one is the provider's business.",
        "Un réseau partagé est à tous ; un réseau externe est l'affaire du fournisseur.",
    ),
    fix=(
        "Set portSecurityEnabled, leave shared and external out.",
        "Fixer portSecurityEnabled, omettre shared et external.",
    ),
    clauses=("secnumcloud-3.2:9.7.a", "secnumcloud-3.2:13.2.a"),
    kinds=(NETWORK,),
    counter="shared: true",
)
def networks_own(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its own switches."""
    guarded = resource.flag("portSecurityEnabled")
    if guarded is False:
        yield violation("port security is off for every port that does not ask for it")
    elif guarded is not True:
        yield unproven("port security is left to the provider: say it")
    for switch in ("shared", "external"):
        said = resource.flag(switch)
        if isinstance(said, Unknown):
            yield unproven(f"{switch} cannot be known")
        elif said:
            yield violation(f"is {switch}")


@policy(
    "NET-12",
    rule=(
        "Nothing is shared with every project.",
        "Rien n'est partagé avec tous les projets.",
    ),
    reason=(
        "A policy for `*` hands a network, group or address group to projects that are not ours.",
        "Une politique pour `*` donne un réseau ou un groupe à des projets qui ne sont pas les nôtres.",
    ),
    fix=("Name the project in targetTenant.", "Nommer le projet dans targetTenant."),
    clauses=("secnumcloud-3.2:9.7.a",),
    kinds=("networking/rbacPolicyV2",),
    counter="targetTenant: '*'",
)
def shared_with_named(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its target."""
    target = resource.get("targetTenant")
    if target == "*":
        yield violation("shares with every project of the cloud")
    elif not known(target):
        yield unproven("whom it shares with cannot be known")


@policy(
    "NET-18",
    rule=(
        "Subnets are private and overlap with no other of the stack.",
        "Les sous-réseaux sont privés et n'en recouvrent aucun autre de la pile.",
    ),
    reason=(
        "With overlapping addresses a rule means two hosts at once.",
        "Avec des adresses qui se recouvrent, une règle désigne deux hôtes à la fois.",
    ),
    fix=("Take another block of the address plan.", "Prendre un autre bloc du plan d'adressage."),
    clauses=("secnumcloud-3.2:13.2.a", "secnumcloud-3.2:13.1.a"),
    kinds=(SUBNET,),
    graph=True,
    counter="10.0.0.0/16 beside 10.0.4.0/24",
)
def subnets_apart(resource: Resource, world: World) -> Iterator[Said]:
    """Each with every other."""
    own = prefix(resource.get("cidr"))
    if isinstance(own, Unknown):
        yield unproven("its cidr cannot be known")
        return
    if in_internet(own):
        yield violation(f"{own} is not a private block")
    for other, theirs in world.graph.once("overlaps", lambda: _overlaps(world)).get(resource.urn, ()):
        yield violation(f"{own} overlaps {theirs} of {other.name}")


def _overlaps(world: World) -> dict[str, list[tuple[Resource, Prefix]]]:
    """By subnet, those that share an address with it: in order of their first, each with those still open."""
    said = [(one, prefix(one.get("cidr"))) for one in world.graph.index.all(SUBNET)]
    known = [(one, net) for one, net in said if not isinstance(net, Unknown)]
    known.sort(key=lambda it: (it[1].version, int(it[1].network_address)))
    found: dict[str, list[tuple[Resource, Prefix]]] = {}
    still: list[tuple[Resource, Prefix]] = []
    for one, net in known:
        still = [(other, theirs) for other, theirs in still if overlap(theirs, net)]
        for other, theirs in still:
            found.setdefault(one.urn, []).append((other, theirs))
            found.setdefault(other.urn, []).append((one, net))
        still.append((one, net))
    return found
