"""Sovereignty: what comes from elsewhere, goes elsewhere, or is not known here."""

from __future__ import annotations

from collections.abc import Iterator

from policies.known import KNOWN
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown

CONTAINER, IMAGE = "objectstorage/container", "images/image"
ENGINE = "pulumi:"


@policy(
    "SOV-05",
    rule=("No container is copied to another cloud.", "Aucun conteneur n'est copié vers un autre cloud."),
    reason=(
        "Synchronisation sends every object, and asks nobody.",
        "La synchronisation envoie chaque objet, sans rien demander.",
    ),
    fix=("Leave containerSyncTo out.", "Omettre containerSyncTo."),
    clauses=("hds-2:EXI-28", "snds-2024:4.5"),
    kinds=(CONTAINER,),
    counter="containerSyncTo set",
)
def not_synchronised(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Any is one too many, known or not."""
    if resource.get("containerSyncTo") is not None:
        yield violation("is synchronised to another place")


@policy(
    "SOV-06",
    rule=(
        "Every resource is of a type that these policies know or the settings declare.",
        "Toute ressource est d'un type que ces politiques connaissent ou que les réglages déclarent.",
    ),
    reason=(
        "What no policy reads, no policy refuses.",
        "Ce qu'aucune politique ne lit, aucune ne le refuse.",
    ),
    fix=(
        "Write a policy for the type, or declare it in `types` with a reason.",
        "Écrire une politique pour le type, ou le déclarer dans `types` avec une raison.",
    ),
    clauses=("secnumcloud-3.2:8.1.a",),
    kinds=(),
    counter="an orchestration stack (Heat), which makes resources of its own",
    params={"types": {}},
)
def known_type(resource: Resource, world: World) -> Iterator[Said]:
    """Against the list; components make nothing by themselves."""
    if resource.type.startswith(ENGINE) or resource.kind in KNOWN or not resource.provider:
        return
    if not world.params["types"].get(resource.type):
        yield violation(f"type {resource.type} is not known here")


@policy(
    "SOV-07",
    rule=("An image comes from a listed place, over TLS.", "Une image vient d'un lieu listé, par TLS."),
    reason=("Who makes the image owns every host.", "Qui fait l'image possède chaque hôte."),
    fix=("Build it, or list the place in `sources`.", "La fabriquer, ou lister le lieu dans `sources`."),
    clauses=("secnumcloud-3.2:12.10.a",),
    kinds=(IMAGE,),
    counter="imageSourceUrl of somebody's download page",
    params={"sources": []},
)
def image_sources(resource: Resource, world: World) -> Iterator[Said]:
    """By its address."""
    said = resource.text("imageSourceUrl")
    if isinstance(said, Unknown):
        yield unproven("where it comes from cannot be known")
    elif said is not None and not any(said.startswith(one) for one in world.params["sources"]):
        yield violation("comes from a place that is not listed")
