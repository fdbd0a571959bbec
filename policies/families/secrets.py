"""Secrets: none where the metadata service, an output or a reader of names shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.graph.topology import INSTANCE
from policies.model import Said, World, policy, unproven, violation
from policies.secretscan import names_secret, secret_in
from policies.snapshot import Resource
from policies.values import Secret, Unknown, Value, opened

SHOWN = ("userData", "metadata", "personalities")
STACK = "pulumi:pulumi:Stack"


def _leaves(value: Value, where: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{where}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{where}[{number}]")
    else:
        yield where, value


def _look(resource: Resource, *names: str) -> Iterator[Said]:
    for name in names:
        for where, leaf in _leaves(resource.get(name), name):
            text = opened(leaf)
            if isinstance(leaf, Secret):
                yield violation(
                    f"{where} is marked as a secret, and shown to whoever asks the metadata service"
                )
            elif isinstance(text, str) and (kind := secret_in(text)):
                yield violation(f"{where} holds what looks like {kind}")
            elif isinstance(text, str) and text and names_secret(where.rpartition(".")[2]) and "." in where:
                yield violation(f"{where} promises a secret as its value")


@policy(
    "SEC-01",
    rule=(
        "No secret is in a server's user data, metadata or files.",
        "Aucun secret n'est dans les données utilisateur, métadonnées ou fichiers d'un serveur.",
    ),
    reason=(
        "Every process on the host and every reader of the project sees them.",
        "Tout processus de l'hôte et tout lecteur du projet les voit.",
    ),
    fix=("Let the host fetch it from the key manager.", "Laisser l'hôte le prendre au gestionnaire de clés."),
    clauses=("secnumcloud-3.2:10.5.c", "secnumcloud-3.2:10.5.d"),
    kinds=(INSTANCE,),
    counter="userData with `password: ...`",
)
def none_in_metadata(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Every leaf."""
    yield from _look(resource, *SHOWN)
    for name in SHOWN:
        hidden = [where for where, leaf in _leaves(resource.get(name), name) if isinstance(leaf, Unknown)]
        if hidden:
            yield unproven(f"{hidden[0]} cannot be read")


@policy(
    "SEC-02",
    rule=(
        "No server is given an administrator's password.",
        "Aucun serveur ne reçoit de mot de passe administrateur.",
    ),
    reason=("It lies in the state and opens the console.", "Il est dans l'état et ouvre la console."),
    fix=(
        "Leave adminPass out; people log in by certificate.",
        "Omettre adminPass ; les personnes entrent par certificat.",
    ),
    clauses=("secnumcloud-3.2:9.5.a",),
    kinds=(INSTANCE,),
    counter="adminPass set to anything",
)
def no_admin_password(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Any is one too many, known or not."""
    said = opened(resource.get("adminPass"))
    if said is not None and said != "":
        yield violation("adminPass is set")


@policy(
    "SEC-03",
    rule=(
        "No secret is in a name, a description, a tag or metadata.",
        "Aucun secret n'est dans un nom, une description, une étiquette ou des métadonnées.",
    ),
    reason=("They are in every listing, log and bill.", "Ils sont dans chaque liste, journal et facture."),
    fix=(
        "Take it out, and change the secret: it has been seen.",
        "L'enlever, et changer le secret : il a été vu.",
    ),
    clauses=("secnumcloud-3.2:10.5.c",),
    kinds=(),
    counter="description: 'password=...'",
)
def none_in_names(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Words that every service shows."""
    names = ["name", "description", "tags", "valueSpecs"] + (
        [] if resource.kind == INSTANCE else ["metadata"]
    )
    for name in names:
        for where, leaf in _leaves(resource.get(name), name):
            if isinstance(leaf, str) and (kind := secret_in(leaf)):
                yield violation(f"{where} holds what looks like {kind}")
            elif name == "metadata" and isinstance(leaf, str) and leaf and names_secret(where):
                yield violation(f"{where} promises a secret as its value")
            elif isinstance(leaf, Unknown):
                yield unproven(f"{where} cannot be read")


@policy(
    "SEC-04",
    rule=("A stack gives no secret out in clear.", "Une pile ne donne aucun secret en clair."),
    reason=(
        "Outputs are printed, stored and read by other stacks.",
        "Les sorties sont affichées, stockées et lues par d'autres piles.",
    ),
    fix=(
        "Mark it as a secret, or give a reference out.",
        "Le marquer comme secret, ou donner une référence.",
    ),
    clauses=("secnumcloud-3.2:10.5.d",),
    kinds=(STACK,),
    counter="an output `database_password` that is a plain string",
)
def outputs_clear(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Every output by its name and form."""
    for key, value in resource.props.items():
        for where, leaf in _leaves(value, key):
            if isinstance(leaf, str) and leaf and (secret_in(leaf) or names_secret(where)):
                yield violation(f"output {where} is in clear")
            elif isinstance(leaf, Unknown) and names_secret(where):
                yield violation(f"output {where} promises a secret and is not marked as one")
