"""Data: containers, what they hold, and who may read them."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import is_sensitive, place
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, known

CONTAINER, VOLUME = "objectstorage/container", "blockstorage/volume"
PROJECT = "identity/project"


@policy(
    "DAT-01",
    rule=(
        "No container is readable or writable by the world.",
        "Aucun conteneur n'est lisible ou modifiable par tous.",
    ),
    reason=(
        "`.r:*` needs no account at all, `*:*` any account of the cloud.",
        "`.r:*` ne demande aucun compte, `*:*` n'importe quel compte du cloud.",
    ),
    fix=("Name project and user in the access list.", "Nommer projet et utilisateur dans la liste d'accès."),
    clauses=("secnumcloud-3.2:9.7", "hds-2:EXI-05.D", "snds-2024:5.2"),
    kinds=(CONTAINER,),
    counter="containerRead: '.r:*,.rlistings'",
)
def not_world_readable(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Every entry of both lists."""
    for name in ("containerRead", "containerWrite"):
        said = resource.text(name)
        if isinstance(said, Unknown):
            yield unproven(f"{name} cannot be known")
            continue
        for entry in (said or "").split(","):
            one = entry.strip()
            if one.startswith((".r:", ".referrer:", ".ref:")) or one == ".rlistings":
                yield violation(f"{name} lets in whoever asks: {one}")
            elif one.startswith("*:") or one == "*":
                yield violation(f"{name} lets in every account of the cloud: {one}")


@policy(
    "DAT-02",
    rule=("A container keeps the versions of its objects.", "Un conteneur garde les versions de ses objets."),
    reason=(
        "What is overwritten or deleted by mistake can be had back.",
        "Ce qui est écrasé ou supprimé par erreur peut être retrouvé.",
    ),
    fix=("Set versioning to true.", "Mettre versioning à true."),
    clauses=("secnumcloud-3.2:12.5.b",),
    kinds=(CONTAINER,),
    counter="a container without versioning",
)
def versioned(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its own switch."""
    said = resource.flag("versioning")
    if isinstance(said, Unknown):
        yield unproven("versioning cannot be known")
    elif said is not True and resource.get("versioningLegacy") is None:
        yield violation("overwrites and deletes for good")


def listed_projects(resource: Resource, prop: str, world: World) -> tuple[list[Resource], bool]:
    """Projects of the stack in an access list, by id or by what it is made from; whether there is more."""
    made_from = [world.graph.index.by_urn.get(urn) for urn in resource.depends.get(prop, ())]
    found = {one.urn: one for one in made_from if one is not None and one.kind == PROJECT}
    said = resource.text(prop)
    if isinstance(said, Unknown):
        return list(found.values()), not found
    ids = {entry.strip().partition(":")[0] for entry in (said or "").split(",")}
    found |= {one.urn: one for one in world.graph.index.all(PROJECT) if one.get("id") in ids}
    return list(found.values()), False


@policy(
    "DAT-10",
    rule=(
        "A container lets in projects of its own space, or those made to read it.",
        "Un conteneur n'admet que des projets de son propre espace, ou ceux faits pour le lire.",
    ),
    reason=(
        "An access list is a flow that no firewall sees.",
        "Une liste d'accès est un flux qu'aucun pare-feu ne voit.",
    ),
    fix=(
        "Grant by a project that carries the container's own labels.",
        "Accorder par un projet qui porte les étiquettes du conteneur.",
    ),
    clauses=("secnumcloud-3.2:9.7.a", "hds-2:EXI-05.D"),
    kinds=(CONTAINER,),
    graph=True,
    counter="containerRead made from the project of another space",
)
def readers_of_the_same_space(resource: Resource, world: World) -> Iterator[Said]:
    """Labels of the projects that its lists are made from."""
    own = world.graph.labels(resource)
    for name in ("containerRead", "containerWrite"):
        projects, hidden = listed_projects(resource, name, world)
        if hidden:
            yield unproven(f"whom {name} lets in cannot be known")
        for project in projects:
            theirs = world.graph.labels(project)
            if theirs.get("space", "") != own.get("space", ""):
                yield violation(f"{name} lets in {project.name} of {place(theirs) or 'no space'}")


@policy(
    "DAT-11",
    rule=(
        "A store says what class of data it holds, and a sensitive one who owns it.",
        "Un stockage dit la classe de ses données ; un stockage sensible dit à qui il appartient.",
    ),
    reason=(
        "Rules follow the class: what says none escapes them all.",
        "Les règles suivent la classe : ce qui n'en dit pas y échappe.",
    ),
    fix=("Put `class` and `owner` into its metadata.", "Mettre `class` et `owner` dans ses métadonnées."),
    clauses=("secnumcloud-3.2:8.1.a",),
    kinds=(CONTAINER, VOLUME),
    counter="a container without metadata",
)
def classified(resource: Resource, world: World) -> Iterator[Said]:
    """By its labels."""
    if not known(resource.get("metadata")):
        yield unproven("its metadata cannot be known")
        return
    labels = world.graph.labels(resource)
    if not labels.get("class"):
        yield violation("says no class of data")
    elif is_sensitive(labels, world) and not labels.get("owner"):
        yield violation("is sensitive and nobody's: no owner")
