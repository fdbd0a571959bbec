"""Network: what leads out of a network, and what copies from it."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import is_sensitive, place
from policies.graph.topology import PORT, ROUTER
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown


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
