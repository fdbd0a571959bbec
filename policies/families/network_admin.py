"""Network: from where hosts are administered."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import CARDS, cards
from policies.graph import Nic
from policies.graph.meeting import reaches_port, within
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.net import prefix
from policies.snapshot import Resource
from policies.values import Unknown

ADMINISTRATION = {"ports": [22, 2375, 3389, 5900, 5985, 5986], "bastions": ["bastion"]}
"""What both policies take for administration: SSH, Docker, RDP, VNC, WinRM; and who may."""


def _by_group(nic: Nic, rule: object, world: World, bastions: frozenset[str]) -> Iterator[Said]:
    remote = rule.remote  # type: ignore[attr-defined]
    inside = {one.urn for one in remote.found}
    members = [one for one in world.graph.topology.nics if inside & {it.urn for it in one.groups.found}]
    if others := [one.name for one in members if not one.roles & bastions]:
        yield violation(f"administration of {nic.name} is open to {', '.join(others)}: rule {rule}")
    elif not remote.sure:
        yield unproven(f"who is in the group of rule {rule} cannot be known")


@policy(
    "NET-04",
    rule=(
        "Administration ports are opened to the bastion only.",
        "Les ports d'administration ne sont ouverts qu'au bastion.",
    ),
    reason=(
        "One way in can be watched and closed; a second one is forgotten.",
        "Une seule entrée se surveille et se ferme ; une seconde s'oublie.",
    ),
    fix=(
        "Let the rule name the bastion's address or group, nothing wider.",
        "Faire désigner par la règle l'adresse ou le groupe du bastion, rien de plus large.",
    ),
    clauses=("secnumcloud-3.2:13.2.e", "secnumcloud-3.2:9.6"),
    kinds=CARDS,
    graph=True,
    counter="tcp 22 from the whole network of a zone",
    params=ADMINISTRATION,
)
def admin_from_bastion(resource: Resource, world: World) -> Iterator[Said]:
    """By rule: a prefix must be an entrance's network or a bastion's address, a group hold bastions only."""
    bastions = frozenset(world.params["bastions"])
    allowed = [one for said in world.params["admin_prefixes"] if not isinstance(one := prefix(said), Unknown)]
    allowed += [at for nic in world.graph.of_role(*bastions) for at in nic.addresses]
    for nic in cards(resource, world):
        if nic.roles & bastions:
            yield not_applicable("a bastion")
            continue
        for rule in world.graph.reach.rules(nic, ingress=True):
            opened = [port for port in world.params["ports"] if reaches_port(port)(rule) is True]
            maybe = isinstance(rule.protocol, Unknown) or isinstance(rule.ports, Unknown)
            if not opened and not maybe:
                continue
            if isinstance(rule.prefixes, Unknown) or maybe:
                yield unproven(f"whether rule {rule} opens administration cannot be known")
            elif rule.prefixes is not None:
                wide = [one for one in rule.prefixes if not within(allowed, one)]
                if wide:
                    yield violation(f"port {opened[0]} of {nic.name} is open to {wide[0]}: rule {rule}")
            else:
                yield from _by_group(nic, rule, world, bastions)


@policy(
    "NET-05",
    rule=(
        "No host but a bastion can open administration of another, the bastions' own included.",
        "Aucun hôte, sauf un bastion, ne peut ouvrir l'administration d'un autre, bastions compris.",
    ),
    reason=(
        "Who takes one host goes on sideways, by the ports that administrators use.",
        "Qui prend un hôte continue de côté, par les ports des administrateurs.",
    ),
    fix=(
        "Narrow the rule to the bastion's address, keep port security on, and the two on separate networks.",
        "Restreindre la règle à l'adresse du bastion, garder la sécurité de port, séparer les réseaux.",
    ),
    clauses=("secnumcloud-3.2:13.2.c", "secnumcloud-3.2:12.12", "anssi-pa-022:R18"),
    kinds=CARDS,
    graph=True,
    counter="port security off on a database beside a worker, or an administrators' prefix that holds one",
    params=ADMINISTRATION,
)
def no_lateral_administration(resource: Resource, world: World) -> Iterator[Said]:
    """Every other card that is no bastion's, over routers and both ends' groups."""
    bastions, reach = frozenset(world.params["bastions"]), world.graph.reach
    for nic in cards(resource, world):
        # Without a rule that could open one of the ports there is nothing to ask of the others.
        if nic.guarded is not False and nic.groups.sure and not _administered(nic, world):
            continue
        for other in world.graph.topology.nics:
            if other.roles & bastions or (other.server is not None and other.server is nic.server):
                continue
            steps = [reach.lateral(other, nic, reaches_port(port)) for port in world.params["ports"]]
            found = [one for one in steps if one is not None]
            if found:
                best = max(found, key=lambda one: one.sure)
                words = f"{other.name} can administer {nic.name}: {best.why}"
                yield (violation if best.sure else unproven)(words, [other.name, best.why, nic.name])


def _administered(nic: Nic, world: World) -> bool:
    """Whether a rule opens an administration port, or may."""
    asked = [
        reaches_port(port)(rule)
        for rule in world.graph.reach.rules(nic, ingress=True)
        for port in world.params["ports"]
    ]
    return any(isinstance(one, Unknown) or one for one in asked)
