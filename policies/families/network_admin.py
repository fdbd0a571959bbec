"""Network: from where hosts are administered."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import CARDS, cards
from policies.graph import Nic
from policies.graph.reach import reaches_port, within
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.net import prefix
from policies.snapshot import Resource
from policies.values import Unknown


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
    params={"ports": [22, 2375, 3389, 5900, 5985, 5986], "bastions": ["bastion"]},
)
def admin_from_bastion(resource: Resource, world: World) -> Iterator[Said]:
    """By rule: a prefix must be an entrance's network or a bastion's address, a group hold bastions only."""
    bastions = frozenset(world.params["bastions"])
    allowed = [one for said in world.params["admin_prefixes"] if not isinstance(one := prefix(said), Unknown)]
    allowed += [at for nic in world.graph.topology.nics if nic.roles & bastions for at in nic.addresses]
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
