"""Cryptography: what lies encrypted, what travels encrypted, and whose keys they are."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import is_sensitive, place, sensitive_nics
from policies.ends import ends_in_time
from policies.graph.balancers import BALANCER, LISTENER
from policies.graph.topology import INSTANCE
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, known, opened

VOLUME, ATTACH = "blockstorage/volume", "compute/volumeAttach"
KEYPAIR, SECRET = "compute/keypair", "keymanager/secretV1"  # a type's name
RSA_BITS_OF_BLOB = 372
"""Least length, in base64 characters, of an OpenSSH public key of RSA with 2048 bits."""


def _encrypted(volume: Resource, world: World) -> Said | None:
    said = volume.text("volumeType")
    if isinstance(said, Unknown):
        return unproven(f"the type of {volume.name} cannot be known")
    if said not in world.params["types"]:
        return violation(f"{volume.name} has type {said or 'the default one'}, not one of the encrypted")
    return None


TYPES = {"types": ["luks"]}


@policy(
    "CRY-01",
    rule=(
        "Every volume has a type that is known to be encrypted.",
        "Tout volume a un type connu comme chiffré.",
    ),
    reason=(
        "A disk that is sold or lost must be unreadable.",
        "Un disque vendu ou perdu doit être illisible.",
    ),
    fix=("Set volumeType to one of the list `types`.", "Mettre volumeType à l'un de la liste `types`."),
    clauses=("secnumcloud-3.2:10.1.a", "hds-2:EXI-05.B.c"),
    kinds=(VOLUME,),
    counter="a volume without volumeType",
    params=TYPES,
)
def volumes_encrypted(resource: Resource, world: World) -> Iterator[Said]:
    """By its type."""
    if found := _encrypted(resource, world):
        yield found


@policy(
    "CRY-02",
    rule=(
        "Every volume of a sensitive host is encrypted, the one it boots from included.",
        "Tout volume d'un hôte sensible est chiffré, celui de démarrage compris.",
    ),
    reason=(
        "Swap, logs and caches hold what the data volume holds.",
        "L'échange, les journaux et les caches tiennent ce que tient le volume de données.",
    ),
    fix=(
        "Give every block device and volume an encrypted type.",
        "Donner à tout périphérique et volume un type chiffré.",
    ),
    clauses=("secnumcloud-3.2:10.1.a",),
    kinds=(INSTANCE,),
    graph=True,
    counter="a database that boots from a volume without a type",
    params=TYPES,
)
def hosts_volumes_encrypted(resource: Resource, world: World) -> Iterator[Said]:
    """Attached volumes, and block devices that make one."""
    if not sensitive_nics(resource, world):
        yield not_applicable("not sensitive")
        return
    for tie in world.graph.index.all(ATTACH):
        if resource in world.graph.server(tie, "instanceId"):
            volumes = world.graph.follow(tie, "volumeId", VOLUME)
            for volume in volumes.found:
                if found := _encrypted(volume, world):
                    yield found
            if not volumes.sure:
                yield unproven("a volume that is attached to it is not of this stack")
    devices = resource.items("blockDevices")
    if isinstance(devices, Unknown):
        yield unproven("its block devices cannot be known")
        return
    for device in map(opened, devices):
        if not isinstance(device, dict) or device.get("destinationType") != "volume":
            continue
        if device.get("sourceType") != "volume" and device.get("volumeType") not in world.params["types"]:
            yield violation("a volume is made for it whose type is not encrypted")


@policy(
    "CRY-04",
    rule=("A listener speaks TLS.", "Un écouteur parle TLS."),
    reason=(
        "What passes in clear is read by whoever is between.",
        "Ce qui passe en clair est lu par qui se trouve entre.",
    ),
    fix=(
        "Use TERMINATED_HTTPS, or HTTPS where hosts terminate TLS.",
        "Utiliser TERMINATED_HTTPS, ou HTTPS si les hôtes terminent TLS.",
    ),
    clauses=("secnumcloud-3.2:10.2.c",),
    kinds=(LISTENER,),
    counter="protocol: HTTP",
    params={"protocols": ["TERMINATED_HTTPS", "HTTPS"]},
)
def listeners_speak_tls(resource: Resource, world: World) -> Iterator[Said]:
    """By its protocol."""
    said = resource.text("protocol")
    if isinstance(said, Unknown):
        yield unproven("its protocol cannot be known")
    elif said not in world.params["protocols"]:
        yield violation(f"speaks {said}")


@policy(
    "CRY-05",
    rule=(
        "A listener that terminates TLS offers 1.2 and 1.3 only, and its certificate is a reference.",
        "Un écouteur qui termine TLS n'offre que 1.2 et 1.3, et son certificat est une référence.",
    ),
    reason=(
        "The default of many clouds still offers older versions.",
        "Le défaut de nombreux clouds offre encore d'anciennes versions.",
    ),
    fix=("Set tlsVersions and defaultTlsContainerRef.", "Fixer tlsVersions et defaultTlsContainerRef."),
    clauses=("anssi-tls:R3", "anssi-tls:R4"),
    kinds=(LISTENER,),
    counter="TERMINATED_HTTPS without tlsVersions",
    params={"versions": ["TLSv1.2", "TLSv1.3"]},
)
def tls_versions(resource: Resource, world: World) -> Iterator[Said]:
    """By its versions and reference."""
    if resource.get("protocol") != "TERMINATED_HTTPS":
        yield not_applicable("does not terminate TLS")
        return
    said = resource.items("tlsVersions")
    if isinstance(said, Unknown) or any(not known(one) for one in said):
        yield unproven("tlsVersions cannot be known")
    elif not said:
        yield violation("leaves the versions of TLS to the provider")
    elif old := [str(one) for one in said if one not in world.params["versions"]]:
        yield violation(f"offers {', '.join(old)}")
    if resource.get("defaultTlsContainerRef") is None:
        yield violation("has no certificate reference")


@policy(
    "CRY-06",
    rule=(
        "What a load balancer sends on to sensitive hosts is encrypted again.",
        "Ce qu'un répartiteur transmet à des hôtes sensibles est chiffré à nouveau.",
    ),
    reason=(
        "Behind the balancer lies the same network as everybody's.",
        "Derrière le répartiteur se trouve le réseau de tous.",
    ),
    fix=(
        "Set tlsEnabled on the pool, with caTlsContainerRef, or pass TLS through.",
        "Mettre tlsEnabled sur le pool, avec caTlsContainerRef, ou laisser passer TLS.",
    ),
    clauses=("secnumcloud-3.2:10.2", "hds-2:EXI-05.C"),
    kinds=(BALANCER,),
    graph=True,
    counter="a pool of protocol HTTP whose member is a host with health data",
)
def pools_encrypt(resource: Resource, world: World) -> Iterator[Said]:
    """By the pools of the balancer and the hosts behind it."""
    for balancer in world.graph.reach.balancers:
        if balancer.resource is not resource or not any(
            is_sensitive(nic.labels, world) for nic in balancer.members
        ):
            continue
        for pool in balancer.pools:
            said = pool.flag("tlsEnabled")
            if isinstance(said, Unknown):
                yield unproven(f"tlsEnabled of {pool.name} cannot be known")
            elif said is True and pool.get("caTlsContainerRef") is None:
                yield violation(f"pool {pool.name} encrypts for whoever answers: no caTlsContainerRef")
            elif said is not True and pool.get("protocol") not in ("HTTPS", "PROXY", "PROXYV2"):
                yield violation(f"pool {pool.name} sends in clear to a sensitive host")


@policy(
    "CRY-08",
    rule=(
        "A key pair is a public key that was supplied, and strong.",
        "Une paire de clés est une clé publique fournie, et forte.",
    ),
    reason=(
        "When nova makes the pair, its private half lies in the state.",
        "Quand nova fabrique la paire, sa moitié privée est dans l'état.",
    ),
    fix=(
        "Supply publicKey: ed25519, ECDSA or RSA of 2048 bits or more.",
        "Fournir publicKey : ed25519, ECDSA ou RSA d'au moins 2048 bits.",
    ),
    clauses=("secnumcloud-3.2:10.2.e", "secnumcloud-3.2:10.5.c"),
    kinds=(KEYPAIR,),
    counter="a key pair without publicKey",
)
def keys_supplied(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By the key that is given."""
    said = resource.get("publicKey")
    if said is None:
        yield violation("lets the cloud make the private key, which then lies in the state")
    elif not isinstance(said, str):
        yield unproven("its public key cannot be known")
    else:
        kind, _, rest = said.partition(" ")
        if kind == "ssh-dss" or (kind == "ssh-rsa" and len(rest.split(" ")[0]) < RSA_BITS_OF_BLOB):
            yield violation(f"is a weak key of kind {kind}")


@policy(
    "CRY-09",
    rule=(
        "A key pair opens hosts of one space only.",
        "Une paire de clés n'ouvre que les hôtes d'un seul espace.",
    ),
    reason=(
        "Who holds the key of one space would hold the other's.",
        "Qui tient la clé d'un espace tiendrait celle de l'autre.",
    ),
    fix=("Make a key pair for each space.", "Faire une paire de clés par espace."),
    clauses=("secnumcloud-3.2:9.7.a", "secnumcloud-3.2:10.1.b"),
    kinds=(KEYPAIR,),
    graph=True,
    counter="one key pair for servers of the spaces alpha and beta",
)
def keys_of_one_space(resource: Resource, world: World) -> Iterator[Said]:
    """By the servers that name it."""
    spaces: set[str] = set()
    for server in world.graph.index.all(INSTANCE):
        if resource in world.graph.follow(server, "keyPair", KEYPAIR).found:
            spaces |= {place(nic.labels) for nic in world.graph.nics_of(server) if nic.labels.get("space")}
            spaces |= (
                {place(world.graph.labels(server))} if world.graph.labels(server).get("space") else set()
            )
    if len(spaces) > 1:
        yield violation(f"opens hosts of {' and '.join(sorted(spaces))}")


@policy(
    "CRY-11",
    rule=(
        "A secret of the key manager ends within a year.",
        "Un secret du gestionnaire de clés finit dans l'année.",
    ),
    reason=("A key without an end is never changed.", "Une clé sans fin n'est jamais changée."),
    fix=("Set expiration, and renew before it.", "Fixer expiration, et renouveler avant."),
    clauses=("secnumcloud-3.2:10.5",),
    kinds=(SECRET,),
    counter="a secret without expiration",
    params={"days": 366},
)
def secrets_end(resource: Resource, world: World) -> Iterator[Said]:
    """By its date."""
    yield from ends_in_time(resource.text("expiration"), "its expiration", world)
