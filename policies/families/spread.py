"""What several servers, volumes, images and providers of one stack do together."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import is_entrance, is_sensitive
from policies.graph.topology import INSTANCE
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.net import Ports, Prefix
from policies.snapshot import Resource
from policies.values import Unknown

GROUP, IMAGE, VOLUME = "compute/serverGroup", "images/image", "blockstorage/volume"
PROVIDER = "pulumi:providers:openstack"


@policy(
    "CMP-08",
    rule=("A server group keeps its servers apart.", "Un groupe de serveurs tient ses serveurs séparés."),
    reason=(
        "Affinity puts all copies on the machine that fails.",
        "L'affinité met toutes les copies sur la machine qui tombe.",
    ),
    fix=("Set policies to anti-affinity.", "Mettre policies à anti-affinity."),
    clauses=("secnumcloud-3.2:17.4.a", "hds-2:EXI-05.G"),
    kinds=(GROUP,),
    graph=True,
    counter="two servers in a group with affinity",
)
def groups_spread(resource: Resource, world: World) -> Iterator[Said]:
    """By its policy, and by how many servers name it."""
    members = [
        one.name
        for one in world.graph.index.all(INSTANCE)
        if resource in world.graph.follow(one, "schedulerHints", GROUP, key="group").found
    ]
    said = resource.text("policies")
    if len(members) > 1 and isinstance(said, Unknown):
        yield unproven("its policy cannot be known")
    elif len(members) > 1 and said not in ("anti-affinity", "['anti-affinity']"):
        yield violation(f"keeps {' and '.join(sorted(members))} together: {said}")


@policy(
    "CMP-09",
    rule=(
        "No server boots from an image that others can read.",
        "Aucun serveur ne démarre d'une image que d'autres peuvent lire.",
    ),
    reason=(
        "It shows what the host is made of, and who shares it may be shared with.",
        "Elle montre de quoi l'hôte est fait, et à qui on la partage.",
    ),
    fix=("Boot from a private image.", "Démarrer d'une image privée."),
    clauses=("secnumcloud-3.2:12.10.a",),
    kinds=(INSTANCE,),
    graph=True,
    counter="a server whose image the stack makes with visibility community",
)
def image_private(resource: Resource, world: World) -> Iterator[Said]:
    """By the image of the stack that it boots from."""
    for image in world.graph.follow(resource, "imageId", IMAGE).found:
        said = image.text("visibility")
        if isinstance(said, Unknown):
            yield unproven(f"the visibility of {image.name} cannot be known")
        elif said not in (None, "private"):
            yield violation(f"boots from {image.name}, which is {said}")


@policy(
    "DAT-12",
    rule=("No sensitive volume is on an entrance.", "Aucun volume sensible n'est sur une entrée."),
    reason=(
        "The host that the internet reaches first holds nothing worth it.",
        "L'hôte qu'Internet atteint d'abord ne tient rien qui en vaille la peine.",
    ),
    fix=("Attach it to a host behind.", "L'attacher à un hôte derrière."),
    clauses=("secnumcloud-3.2:13.2.a", "snds-2024:5.2"),
    kinds=(VOLUME,),
    graph=True,
    counter="a volume of class health on a load balancer's host",
)
def not_at_the_door(resource: Resource, world: World) -> Iterator[Said]:
    """By the hosts that it is attached to."""
    if not is_sensitive(world.graph.labels(resource), world):
        yield not_applicable("not sensitive")
        return
    for tie in world.graph.index.all("compute/volumeAttach"):
        volumes = world.graph.follow(tie, "volumeId", VOLUME)
        servers = world.graph.follow(tie, "instanceId", INSTANCE)
        at = [
            one for one in servers.found if any(is_entrance(nic, world) for nic in world.graph.nics_of(one))
        ]
        if resource in volumes.found:
            for server in at:
                yield violation(f"is on {server.name}, an entrance")
            if servers.unknown:
                yield unproven("on which host it is cannot be known")
        elif volumes.unknown and (at or servers.unknown):
            yield unproven(f"which volume {tie.name} attaches cannot be known")


def _only_to(resource: Resource, world: World) -> Iterator[Said]:
    """Egress rules that open the port go to the hosts of the role, where the stack has any."""
    role, protocols = world.params["role"], world.params["protocols"]
    wanted = Ports(int(world.params["port"]), int(world.params["port"]))
    at: list[Prefix] = [it for one in world.graph.of_role(role) for it in one.addresses]
    nics = world.graph.nics_of(resource)
    if not at or any(role in nic.roles for nic in nics):
        yield not_applicable(f"is the {role}, or the stack has none")
        return
    for nic in nics:
        for rule in world.graph.reach.rules(nic, ingress=False):
            admitted = [rule.admits(protocol, wanted) for protocol in protocols]
            if all(one is False for one in admitted):
                continue
            if any(isinstance(one, Unknown) for one in admitted) or isinstance(rule.prefixes, Unknown):
                yield unproven(f"where rule {rule} leads cannot be known")
            else:
                elsewhere = [one for one in rule.prefixes or () if one not in at]
                if elsewhere:
                    yield violation(f"{nic.name} may ask {elsewhere[0]}: rule {rule}")


@policy(
    "LOG-05",
    rule=(
        "Names are asked of the platform's resolver only.",
        "Les noms ne se demandent qu'au résolveur de la plateforme.",
    ),
    reason=("DNS carries data out, name by name.", "Le DNS fait sortir des données, nom par nom."),
    fix=("Narrow egress on port 53 to the resolver.", "Restreindre la sortie du port 53 au résolveur."),
    clauses=("secnumcloud-3.2:13.2.a", "snds-2024:4.5"),
    kinds=(INSTANCE,),
    graph=True,
    counter="egress udp 53 to everywhere beside a resolver",
    params={"port": 53, "role": "resolver", "protocols": ["udp", "tcp"]},
)
def one_resolver(resource: Resource, world: World) -> Iterator[Said]:
    """See `_only_to`."""
    yield from _only_to(resource, world)


@policy(
    "LOG-06",
    rule=(
        "The time is asked of the platform's clock only.",
        "L'heure ne se demande qu'à l'horloge de la plateforme.",
    ),
    reason=(
        "Two clocks make two orders of one event.",
        "Deux horloges font deux ordres d'un même événement.",
    ),
    fix=(
        "Narrow egress on port 123 to the host of the role time.",
        "Restreindre la sortie du port 123 à l'hôte du rôle time.",
    ),
    clauses=("secnumcloud-3.2:12.8.a", "anssi-pa-012:R5"),
    kinds=(INSTANCE,),
    graph=True,
    counter="egress udp 123 to a public pool beside a clock of one's own",
    params={"port": 123, "role": "time", "protocols": ["udp"]},
)
def one_clock(resource: Resource, world: World) -> Iterator[Said]:
    """See `_only_to`."""
    yield from _only_to(resource, world)


@policy(
    "SOV-08",
    rule=(
        "All providers of a stack are of one region.",
        "Tous les fournisseurs d'une pile sont d'une région.",
    ),
    reason=(
        "A stack that spans regions moves data between them in one step.",
        "Une pile qui couvre des régions déplace des données d'un pas.",
    ),
    fix=("Make a stack for each region.", "Faire une pile par région."),
    clauses=("secnumcloud-3.2:19.2.b", "hds-2:EXI-28"),
    kinds=(PROVIDER,),
    graph=True,
    counter="a second provider with another region",
)
def one_region(resource: Resource, world: World) -> Iterator[Said]:
    """With every other provider; one that says none is SOV-01's."""
    own = resource.text("region")
    for other in world.graph.index.all(PROVIDER):
        theirs = other.text("region")
        if other is resource or own is None or theirs is None:
            continue
        if isinstance(own, Unknown) or isinstance(theirs, Unknown):
            yield unproven("a region cannot be known")
        elif own != theirs:
            yield violation(f"is of {own}, {other.name} of {theirs}")
