"""Network: what stands at the entrances, and what leads to them."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import CARDS, cards, is_entrance, is_sensitive
from policies.graph.entries import FORWARDING
from policies.graph.topology import ASSOCIATE, FLOATING, PORT
from policies.model import Level, Said, World, not_applicable, policy, unproven, violation
from policies.net import ANY, in_internet, overlap, prefix
from policies.snapshot import Resource
from policies.values import Unknown, known


@policy(
    "NET-23",
    rule=("Every floating IP leads to something.", "Toute adresse flottante mène à quelque chose."),
    reason=(
        "An address that waits is a way in that a later change opens unseen.",
        "Une adresse en attente est une entrée qu'un changement ultérieur ouvre sans être vu.",
    ),
    fix=("Tie it to its port, or give it back.", "La lier à son port, ou la rendre."),
    clauses=("secnumcloud-3.2:8.1.a", "secnumcloud-3.2:13.1.a"),
    kinds=(FLOATING,),
    graph=True,
    level=Level.ADVISORY,
    counter="a floating IP without association",
)
def no_idle_address(resource: Resource, world: World) -> Iterator[Said]:
    """By what points to it."""
    if resource.get("portId") is not None:
        return
    ties = [
        world.graph.follow(tie, prop, FLOATING)
        for kind, prop in ((ASSOCIATE, "floatingIp"), (FORWARDING, "floatingipId"))
        for tie in world.graph.index.all(kind)
    ]
    if not any(resource in tie.found for tie in ties):
        hidden = any(tie.unknown for tie in ties)
        yield unproven("whether it leads anywhere cannot be known") if hidden else violation("leads nowhere")


@policy(
    "NET-25",
    rule=(
        "No DNS record names a sensitive host.",
        "Aucun enregistrement DNS ne nomme un hôte sensible.",
    ),
    reason=(
        "A zone of the cloud's DNS is answered to whoever asks.",
        "Une zone du DNS du cloud répond à qui demande.",
    ),
    fix=("Name it in the platform's own resolver.", "Le nommer dans le résolveur de la plateforme."),
    clauses=("secnumcloud-3.2:13.2.a",),
    kinds=("dns/recordSet",),
    graph=True,
    counter="an A record with the address of a database",
)
def data_not_named(resource: Resource, world: World) -> Iterator[Said]:
    """By its addresses, and by the ports that they are made from."""
    sensitive = [nic for nic in world.graph.topology.nics if is_sensitive(nic.labels, world)]
    made_from = world.graph.follow(resource, "records", PORT).found
    said = resource.items("records")
    found = [] if isinstance(said, Unknown) else [prefix(one) for one in said]
    for nic in sensitive:
        at = [one for one in found if not isinstance(one, Unknown)]
        if nic.owner in made_from or any(overlap(one, it) for one in at for it in nic.addresses):
            yield violation(f"names {nic.name}")
    if not made_from and (isinstance(said, Unknown) or not all(known(one) for one in said)):
        yield unproven("what it names cannot be known")


@policy(
    "NET-28",
    rule=(
        "An entrance lets in from the internet on its own ports only.",
        "Une entrée ne laisse entrer depuis Internet que sur ses propres ports.",
    ),
    reason=(
        "What else listens on the host was never meant for outside.",
        "Ce qui écoute d'autre sur l'hôte n'a jamais été fait pour l'extérieur.",
    ),
    fix=("Narrow the rule to a port of `ports`.", "Restreindre la règle à un port de `ports`."),
    clauses=("secnumcloud-3.2:13.2.e", "anssi-interco:R4"),
    kinds=CARDS,
    graph=True,
    counter="a bastion whose group admits tcp 1-65535 from the administrators' public address",
    params={"ports": [22, 443]},
)
def own_ports_only(resource: Resource, world: World) -> Iterator[Said]:
    """By the rules of its groups that name an address of the internet."""
    for nic in cards(resource, world):
        if not is_entrance(nic, world):
            yield not_applicable("no entrance")
            continue
        for rule in world.graph.reach.rules(nic, ingress=True):
            if rule.prefixes is None:
                continue
            if isinstance(rule.prefixes, Unknown) or isinstance(rule.ports, Unknown):
                yield unproven(f"what rule {rule} lets in cannot be known")
            elif any(in_internet(one) for one in rule.prefixes):
                single = rule.protocol != ANY and rule.ports.first == rule.ports.last
                if not single or rule.ports.first not in world.params["ports"]:
                    yield violation(f"{nic.name} is open from the internet: rule {rule}")


@policy(
    "NET-29",
    rule=(
        "A bastion shares its network with no other host.",
        "Un bastion ne partage son réseau avec aucun autre hôte.",
    ),
    reason=(
        "Who is on the bastion's network is beside every administrator.",
        "Qui est sur le réseau du bastion est à côté de chaque administrateur.",
    ),
    fix=("Give the bastion a network of its own.", "Donner au bastion un réseau à lui."),
    clauses=("secnumcloud-3.2:12.12", "secnumcloud-3.2:13.2.c", "anssi-pa-022:R18"),
    kinds=CARDS,
    graph=True,
    counter="a web server on the network of the zone admin",
    params={"bastions": ["bastion"]},
)
def bastion_apart(resource: Resource, world: World) -> Iterator[Said]:
    """By the cards on its networks."""
    bastions = frozenset(world.params["bastions"])
    for nic in cards(resource, world):
        if not nic.roles & bastions:
            yield not_applicable("no bastion")
            continue
        on = {one.urn for one in nic.networks.found}
        for other in world.graph.topology.nics:
            if not other.roles & bastions and on & {one.urn for one in other.networks.found}:
                yield violation(f"{other.name} is on its network")
        if not nic.networks.sure:
            yield unproven("its network is not of this stack")
