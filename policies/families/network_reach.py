"""Network: who reaches whom. All of them look at the whole stack."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import CARDS, cards, is_entrance, is_sensitive, place
from policies.graph.topology import INSTANCE
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource


@policy(
    "NET-01",
    rule=(
        "No path leads from the internet to a sensitive host, except through declared entrances.",
        "Aucun chemin ne mène d'Internet à un hôte sensible, sinon par les entrées déclarées.",
    ),
    reason=(
        "Each rule may look harmless alone; together they can let the outside in through a host in between.",
        "Chaque règle peut sembler anodine ; ensemble elles font entrer l'extérieur par un intermédiaire.",
    ),
    fix=(
        "Close one step of the path that is printed: the address, the rule, or the route.",
        "Fermer une étape du chemin affiché : l'adresse, la règle ou la route.",
    ),
    clauses=("secnumcloud-3.2:13.2.a", "secnumcloud-3.2:9.7", "hds-2:EXI-05.C", "snds-2024:5.2"),
    kinds=CARDS,
    graph=True,
    counter="a floating IP on a web host whose group the database's group admits",
)
def no_path_to_data(resource: Resource, world: World) -> Iterator[Said]:
    """Search with sure steps, then with possible ones."""
    concerned = False
    for nic in cards(resource, world):
        if not is_sensitive(nic.labels, world):
            continue
        concerned = True
        reach = world.graph.reach
        for sure, say in ((True, violation), (False, unproven)):
            path = reach.paths(nic, lambda one: not is_entrance(one, world), sure=sure)
            if path is not None:
                yield say(f"{nic.name} is reached: {' -> '.join(path)}", path)
                break
    if not concerned:
        yield not_applicable("not sensitive")


@policy(
    "NET-02",
    rule=(
        "A sensitive host cannot send anything to the internet.",
        "Un hôte sensible ne peut rien envoyer vers Internet.",
    ),
    reason=(
        "What cannot leave cannot be exfiltrated: data goes out by the airlock only.",
        "Ce qui ne peut pas sortir ne peut pas être exfiltré : les données ne sortent que par le sas.",
    ),
    fix=(
        "Narrow the egress rule, or take the network off the router that leads out.",
        "Restreindre la règle de sortie, ou retirer le réseau du routeur qui mène dehors.",
    ),
    clauses=("snds-2024:4.5", "cnil-mr-005:SEC-EXP-3", "satre:2.2.11"),
    kinds=CARDS,
    graph=True,
    counter="a database on a network whose router has an external gateway, with Neutron's default egress",
)
def no_way_out(resource: Resource, world: World) -> Iterator[Said]:
    """Gateway and egress rule together."""
    concerned = False
    for nic in cards(resource, world):
        if is_sensitive(nic.labels, world):
            concerned = True
            step = world.graph.reach.egress(nic)
            if step is not None:
                yield (violation if step.sure else unproven)(
                    f"{nic.name} can send to the internet: {step.why}"
                )
    if not concerned:
        yield not_applicable("not sensitive")


@policy(
    "NET-03",
    rule=(
        "A host of one project space cannot reach a host of another.",
        "Un hôte d'un espace projet ne peut pas atteindre un hôte d'un autre.",
    ),
    reason=(
        "Two projects share the platform only: data authorised for one is none of the other's business.",
        "Deux projets ne partagent que la plateforme : les données de l'un ne regardent pas l'autre.",
    ),
    fix=(
        "Remove the rule that admits the other space, or the router that joins the two networks.",
        "Retirer la règle qui admet l'autre espace, ou le routeur qui joint les deux réseaux.",
    ),
    clauses=("secnumcloud-3.2:9.7.a", "satre:2.2.10"),
    kinds=CARDS,
    graph=True,
    counter="two spaces on one router, and a group that admits 10.0.0.0/8",
)
def spaces_apart(resource: Resource, world: World) -> Iterator[Said]:
    """Every other space's cards."""
    concerned = False
    for nic in cards(resource, world):
        own = nic.labels.get("space")
        concerned = concerned or bool(own)
        for other in world.graph.topology.nics if own else []:
            theirs = other.labels.get("space")
            if not theirs or theirs == own:
                continue
            step = world.graph.reach.lateral(other, nic)
            if step is not None:
                words = f"{other.name} of space {theirs} reaches {nic.name} of space {own}: {step.why}"
                yield (violation if step.sure else unproven)(words, [other.name, step.why, nic.name])
    if not concerned:
        yield not_applicable("of no space")


@policy(
    "NET-13",
    rule=(
        "Only declared entrances have an address that the internet can reach.",
        "Seules les entrées déclarées ont une adresse qu'Internet peut atteindre.",
    ),
    reason=(
        "An address is half of a way in; the other half is one rule away.",
        "Une adresse est la moitié d'une entrée ; l'autre moitié tient à une règle.",
    ),
    fix=(
        "Put the host behind a declared entrance, or declare its role in `entrances`.",
        "Placer l'hôte derrière une entrée déclarée, ou déclarer son rôle dans `entrances`.",
    ),
    clauses=("secnumcloud-3.2:13.2.a", "anssi-interco:R2"),
    kinds=CARDS,
    graph=True,
    counter="a floating IP on a worker",
)
def addresses_at_entrances(resource: Resource, world: World) -> Iterator[Said]:
    """By card: what leads to it, and what its host is."""
    for nic in cards(resource, world):
        if is_entrance(nic, world):
            continue
        for step in world.graph.reach.entries.get(nic.owner.urn, ()):
            yield (violation if step.sure else unproven)(f"{nic.name} has {step.why}")


@policy(
    "NET-16",
    rule=(
        "A host stands in one zone or space only.",
        "Un hôte se tient dans une seule zone ou un seul espace.",
    ),
    reason=(
        "A host with two feet is a router that no rule describes.",
        "Un hôte à deux pieds est un routeur qu'aucune règle ne décrit.",
    ),
    fix=("Give each zone a host of its own.", "Donner à chaque zone un hôte à elle."),
    clauses=("secnumcloud-3.2:13.2.a",),
    kinds=(INSTANCE,),
    graph=True,
    counter="a server with a port in the zone services and one in the zone data",
)
def one_zone_each(resource: Resource, world: World) -> Iterator[Said]:
    """By the networks of its cards."""
    nics = world.graph.nics_of(resource)
    places = {place(world.graph.labels(net)) for nic in nics for net in nic.networks.found} - {""}
    if len(places) > 1:
        yield violation(f"{resource.name} joins {' and '.join(sorted(places))}")
    elif len(nics) > 1 and any(not nic.networks.sure for nic in nics):
        yield unproven(f"a network of {resource.name} cannot be read")
