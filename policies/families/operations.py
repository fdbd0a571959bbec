"""Operations: what resources say about themselves, and what the program may not look away from."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import place
from policies.graph.labels import holds_unknown_label
from policies.graph.topology import INSTANCE, NETWORK, PORT, ROUTER, SUBNET
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource

GROUP, PROJECT = "networking/secGroup", "identity/project"
SECURITY = (
    "securityGroupIds", "portSecurityEnabled", "allowedAddressPairs", "noSecurityGroups", "remoteIpPrefix",
    "remoteGroupId", "containerRead", "containerWrite", "versioning", "volumeType", "protocol", "tlsVersions",
    "externalNetworkId", "shared", "userData", "adminPass", "keyPair", "enabled", "roleId", "protected",
)  # fmt: skip


@policy(
    "OPS-01",
    rule=(
        "A resource says of which environment it is and whose.",
        "Une ressource dit de quel environnement elle est, et à qui.",
    ),
    reason=(
        "What says nothing is in no inventory, and no rule by label finds it.",
        "Ce qui ne dit rien n'est dans aucun inventaire, et aucune règle par étiquette ne le trouve.",
    ),
    fix=("Tag it with env and owner.", "L'étiqueter avec env et owner."),
    clauses=("secnumcloud-3.2:8.1.a",),
    kinds=(NETWORK, SUBNET, PORT, ROUTER, GROUP, INSTANCE, PROJECT),
    counter="a network without tags",
    params={"labels": ["env", "owner"]},
)
def labelled(resource: Resource, world: World) -> Iterator[Said]:
    """By its labels; an unknown one may be the one that is missing."""
    missing = [one for one in world.params["labels"] if not world.graph.labels(resource).get(one)]
    if missing:
        say = unproven if holds_unknown_label(resource) else violation
        yield say(f"says no {' and no '.join(missing)}")


@policy(
    "OPS-02",
    rule=(
        "No change of a security property is ignored.",
        "Aucun changement d'une propriété de sécurité n'est ignoré.",
    ),
    reason=(
        "What is ignored may be opened by hand and stays so.",
        "Ce qui est ignoré peut être ouvert à la main, et le reste.",
    ),
    fix=("Take the property out of ignoreChanges.", "Retirer la propriété de ignoreChanges."),
    clauses=("secnumcloud-3.2:13.1.a", "satre:2.4.04"),
    kinds=(),
    counter="ignoreChanges: [securityGroupIds]",
)
def nothing_ignored(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its options."""
    for name in resource.ignored:
        if name.split(".")[0].split("[")[0] in (*SECURITY, "*"):
            yield violation(f"changes of {name} are ignored")


@policy(
    "OPS-03",
    rule=(
        "A port, subnet or server says the same zone and space as the network it is on.",
        "Un port, sous-réseau ou serveur dit la même zone et le même espace que son réseau.",
    ),
    reason=(
        "Every rule by label trusts labels: one that lies hides its host.",
        "Toute règle par étiquette s'y fie : une étiquette fausse cache son hôte.",
    ),
    fix=("Take both from one place.", "Les prendre au même endroit."),
    clauses=("secnumcloud-3.2:8.1.a", "secnumcloud-3.2:13.1.a"),
    kinds=(PORT, SUBNET, INSTANCE),
    graph=True,
    counter="a port with zone=services on the network of the zone data",
)
def labels_agree(resource: Resource, world: World) -> Iterator[Said]:
    """Its own labels with those of the networks it is on."""
    own = world.graph.labels(resource)
    if resource.kind == INSTANCE:
        networks = [one for nic in world.graph.nics_of(resource) for one in nic.networks.found]
    else:
        networks = list(world.graph.follow(resource, "networkId", NETWORK).found)
    for network in networks:
        theirs = world.graph.labels(network)
        for key in ("zone", "space", "class", "env"):
            if own.get(key) and theirs.get(key) and own[key] != theirs[key]:
                where = f"{network.name} of {place(theirs) or 'no place'}"
                yield violation(f"says {key} {own[key]}, network {where} says {theirs[key]}")
        said = {key for key in theirs if key in ("zone", "space", "class", "env") and key not in own}
        if said and holds_unknown_label(resource):
            yield unproven(f"its label {min(said)} cannot be known")
