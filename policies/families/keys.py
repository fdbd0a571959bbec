"""Cryptography: whose keys they are, how strong, and until when."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import place
from policies.ends import ends_in_time
from policies.graph.topology import INSTANCE
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource

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
