"""Network: how networks, ports and routers are built."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import is_sensitive, place
from policies.graph.topology import NETWORK, PORT, ROUTER, SUBNET
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.net import in_internet, overlap, prefix
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
    "NET-14",
    rule=(
        "No port is forwarded from a floating IP.",
        "Aucun port n'est redirigé depuis une adresse flottante.",
    ),
    reason=(
        "Forwarding makes a way in that looks like no host's own.",
        "Une redirection fait une entrée qui ne semble à aucun hôte.",
    ),
    fix=("Use a declared entrance.", "Passer par une entrée déclarée."),
    clauses=("secnumcloud-3.2:13.2.e",),
    kinds=("networking/portForwardingV2",),
    counter="any networking.PortForwardingV2",
)
def no_forwarding(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Any is one too many."""
    yield violation(f"forwards port {resource.get('externalPort')}")


@policy(
    "NET-15",
    rule=(
        "A router that leads out has no interface in a sensitive network.",
        "Un routeur qui mène dehors n'a pas d'interface dans un réseau sensible.",
    ),
    reason=(
        "Without a route no mistake in a rule lets anything through.",
        "Sans route, aucune erreur de règle ne laisse passer quoi que ce soit.",
    ),
    fix=("Join the network to a router without a gateway.", "Relier le réseau à un routeur sans passerelle."),
    clauses=("secnumcloud-3.2:13.2.a", "anssi-interco:R3"),
    kinds=(ROUTER,),
    graph=True,
    counter="one router for the zone data and for the way out",
)
def no_gateway_beside_data(resource: Resource, world: World) -> Iterator[Said]:
    """Its gateway, and the networks that it joins."""
    gateway = world.graph.topology.gateways[resource.urn]
    out = world.graph.reach.leads_out(gateway)
    if out is False:
        return
    for network in world.graph.topology.joined.get(resource.urn, []):
        if is_sensitive(world.graph.labels(network), world):
            say = violation if out else unproven
            yield say(f"leads out and has an interface in {network.name}")
    if out and resource.urn in world.graph.topology.unsure:
        yield unproven("a network that it joins cannot be known")


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
    for other in world.graph.index.all(SUBNET):
        theirs = prefix(other.get("cidr"))
        if other is not resource and not isinstance(theirs, Unknown) and overlap(own, theirs):
            yield violation(f"{own} overlaps {theirs} of {other.name}")


@policy(
    "NET-19",
    rule=(
        "A VPN uses IKEv2, AES-256, a large group and no SHA-1.",
        "Un VPN utilise IKEv2, AES-256, un groupe large et pas SHA-1.",
    ),
    reason=(
        "The defaults of Neutron's VPN are IKEv1, AES-128 and SHA-1.",
        "Par défaut le VPN de Neutron fait IKEv1, AES-128 et SHA-1.",
    ),
    fix=(
        "Say ikeVersion, encryptionAlgorithm, authAlgorithm and pfs.",
        "Dire ikeVersion, encryptionAlgorithm, authAlgorithm et pfs.",
    ),
    clauses=("secnumcloud-3.2:10.2.d",),
    kinds=("vpnaas/ikePolicy", "vpnaas/ipSecPolicy"),
    counter="an IKE policy with everything left out",
    params={
        "groups": ["group14", "group15", "group16", "group17", "group18", "group19", "group20", "group21"]
    },
)
def vpn_strong(resource: Resource, world: World) -> Iterator[Said]:
    """By each value; what is left out has Neutron's default."""
    wanted = {
        "encryptionAlgorithm": ["aes-256"],
        "authAlgorithm": ["sha256", "sha384", "sha512"],
        "pfs": world.params["groups"],
    }
    if resource.kind == "vpnaas/ikePolicy":
        wanted["ikeVersion"] = ["v2"]
    for name, allowed in wanted.items():
        said = resource.get(name)
        if isinstance(said, Unknown):
            yield unproven(f"{name} cannot be known")
        elif said not in allowed:
            yield violation(f"{name} is {said or 'left to a weak default'}")


@policy(
    "NET-20",
    rule=(
        "No port of a sensitive host is mirrored or made a trunk.",
        "Aucun port d'un hôte sensible n'est dupliqué ni fait trunk.",
    ),
    reason=(
        "A mirror copies what crosses a port to a place that no rule guards.",
        "Un miroir copie ce qui traverse un port vers un lieu qu'aucune règle ne garde.",
    ),
    fix=("Remove it, or watch at the router.", "Le retirer, ou observer au routeur."),
    clauses=("secnumcloud-3.2:13.2.b",),
    kinds=("networking/trunk", "index/taasTapMirrorV2"),
    graph=True,
    counter="a trunk whose parent is a database's port",
)
def no_mirror_of_data(resource: Resource, world: World) -> Iterator[Said]:
    """By the ports it names."""
    ports = world.graph.follow(resource, "portId", PORT)
    subs = world.graph.follow(resource, "subPorts", PORT, key="portId")
    for port in (*ports.found, *subs.found):
        for nic in world.graph.topology.nics:
            if nic.owner is port and is_sensitive(nic.labels, world):
                yield violation(f"is on {nic.name} of {place(nic.labels) or 'a sensitive place'}")
    if not ports.sure or not subs.sure:
        yield unproven("a port that it is on is not of this stack")
