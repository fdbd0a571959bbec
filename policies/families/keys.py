"""Cryptography: whose keys they are, how strong, and until when."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import place
from policies.ends import ends_in_time
from policies.graph.topology import INSTANCE
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, opened

KEYPAIR, SECRET = "compute/keypair", "keymanager/secretV1"  # a type's name
RSA_BITS_OF_BLOB = 372
"""Least length, in base64 characters, of an OpenSSH public key of RSA with 2048 bits."""


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
    hidden: list[str] = []
    for server in world.graph.index.all(INSTANCE):
        keys = world.graph.follow(server, "keyPair", KEYPAIR)
        hidden += [server.name] if keys.unknown else []
        if resource in keys.found:
            spaces |= {place(nic.labels) for nic in world.graph.nics_of(server) if nic.labels.get("space")}
            spaces |= (
                {place(world.graph.labels(server))} if world.graph.labels(server).get("space") else set()
            )
    if len(spaces) > 1:
        yield violation(f"opens hosts of {' and '.join(sorted(spaces))}")
    elif hidden:
        yield unproven(f"whether it opens {', '.join(hidden)} cannot be known")


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


@policy(
    "CRY-07",
    rule=(
        "A secret of the key manager is read by those it names, and a symmetric key has 256 bits.",
        "Un secret du gestionnaire de clés est lu par ceux qu'il nomme, et une clé symétrique a 256 bits.",
    ),
    reason=(
        "Barbican's default lets the whole project read: every host's credential opens every key.",
        "Par défaut Barbican laisse lire tout le projet : l'identité de chaque hôte ouvre chaque clé.",
    ),
    fix=(
        "Set acl.read with projectAccess false and users; bitLength to `bits` or more.",
        "Fixer acl.read avec projectAccess à false et des users ; bitLength à `bits` ou plus.",
    ),
    clauses=("secnumcloud-3.2:10.5.c", "secnumcloud-3.2:10.5.d"),
    kinds=(SECRET, "keymanager/containerV1"),
    counter="a secret without acl",
    params={"bits": 256, "symmetric": ["aes", "camellia"]},
)
def secrets_read_by_few(resource: Resource, world: World) -> Iterator[Said]:
    """By its list, and its length where it is a symmetric key."""
    acl = opened(resource.get("acl"))
    read = opened(acl.get("read")) if isinstance(acl, dict) else acl
    whole = opened(read.get("projectAccess", True)) if isinstance(read, dict) else read
    users = opened(read.get("users", [])) if isinstance(read, dict) else read
    if isinstance(whole, Unknown) or isinstance(users, Unknown):
        yield unproven("who may read it cannot be known")
    elif whole is not False:
        yield violation("is read by the whole project")
    elif not users:
        yield violation("names nobody who may read it")
    if resource.text("algorithm") in world.params["symmetric"] and resource.get("bitLength") is not None:
        bits = resource.get("bitLength")
        if not isinstance(bits, int):
            yield unproven("its length cannot be known")
        elif bits < int(world.params["bits"]):
            yield violation(f"is a key of {bits} bits")
