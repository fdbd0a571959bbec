"""Secrets: none in the state in clear, and none handed on to hosts."""

from __future__ import annotations

from collections.abc import Iterator

from policies.graph.topology import INSTANCE
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown

SHOWN = ("userData", "metadata", "personalities")
MADE_SECRET = {
    "identity/applicationCredential": "an application credential",
    "identity/ec2CredentialV3": "an EC2 credential",
    "compute/keypair": "a key pair",
    "keymanager/secretV1": "a secret of the key manager",
}
_INPUTS = {
    "keymanager/secretV1": ("payload",),
    "identity/user": ("password",),
    "identity/applicationCredential": ("secret",),
    "vpnaas/siteConnection": ("psk",),
}

PROVIDER = "pulumi:providers:openstack"
LOGINS = ("password", "token", "applicationCredentialSecret")


@policy(
    "SEC-05",
    rule=(
        "What is secret in the program is marked so.",
        "Ce qui est secret dans le programme est marqué ainsi.",
    ),
    reason=(
        "Only what is marked is encrypted in the state.",
        "Seul ce qui est marqué est chiffré dans l'état.",
    ),
    fix=(
        "Wrap it in Output.secret, from the configuration's own secret.",
        "L'envelopper dans Output.secret, depuis un secret de la configuration.",
    ),
    clauses=("secnumcloud-3.2:10.5.d",),
    kinds=("keymanager/secretV1", "identity/user", "identity/applicationCredential", "vpnaas/siteConnection"),
    counter="a payload written as a plain string",
)
def marked(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """The properties that hold one."""
    for name in ("payload", "password", "secret", "psk"):
        said = resource.get(name)
        if isinstance(said, str) and said and name in _INPUTS[resource.kind]:
            yield violation(f"{name} is not marked as a secret")
        elif isinstance(said, Unknown) and resource.depends.get(name):
            yield unproven(f"whether {name} is marked cannot be known")


@policy(
    "SEC-06",
    rule=(
        "No secret that the cloud makes flows into a server's user data or metadata.",
        "Aucun secret fabriqué par le cloud ne va dans les données utilisateur ou métadonnées d'un serveur.",
    ),
    reason=(
        "It is unknown in a preview, so only its origin can be seen.",
        "Il est inconnu en preview : seule son origine se voit.",
    ),
    fix=(
        "Let the host log in with what it is, not with what it is told.",
        "Laisser l'hôte s'authentifier par ce qu'il est.",
    ),
    clauses=("secnumcloud-3.2:10.5.c",),
    kinds=(INSTANCE,),
    graph=True,
    counter="userData made from an application credential's secret",
)
def none_flow_in(resource: Resource, world: World) -> Iterator[Said]:
    """What the properties were made from."""
    for name in SHOWN:
        for urn in resource.depends.get(name, ()):
            source = world.graph.index.by_urn.get(urn)
            what = MADE_SECRET.get(source.kind) if source else None
            if source is None or what is None:
                continue
            if source.kind == "compute/keypair" and source.get("publicKey") is not None:
                continue  # a supplied key has no private half here
            yield violation(f"{name} is made from {what}, {source.name}")


@policy(
    "SEC-07",
    rule=(
        "The provider's login is not among what the stack keeps.",
        "L'identification du fournisseur n'est pas dans ce que garde la pile.",
    ),
    reason=(
        "Marked or not, it lies in the state, and opens the whole project to whoever opens that.",
        "Marquée ou non, elle est dans l'état, et ouvre tout le projet à qui ouvre celui-ci.",
    ),
    fix=(
        "Name the cloud; leave the login in clouds.yaml and OS_PASSWORD unset, which the SDK copies.",
        "Nommer le cloud ; laisser l'identification dans clouds.yaml, sans OS_PASSWORD, que le SDK recopie.",
    ),
    clauses=("secnumcloud-3.2:10.5.c",),
    kinds=(PROVIDER,),
    counter="a provider with password: ...",
)
def login_elsewhere(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Any is one too many, known or not."""
    for name in LOGINS:
        if resource.get(name) is not None:
            yield violation(f"{name} is among the provider's inputs, which the state keeps")
