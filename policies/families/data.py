"""Data: containers and volumes, who may read them, and how they are lost."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import is_sensitive, place
from policies.graph.topology import INSTANCE
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, known

CONTAINER, VOLUME = "objectstorage/container", "blockstorage/volume"
ATTACH, PROJECT = "compute/volumeAttach", "identity/project"
IMAGE = "images/image"


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


@policy(
    "DAT-03",
    rule=(
        "What the data layer holds is protected, and no container is emptied to be deleted.",
        "Ce que tient la couche de données est protégé, et aucun conteneur n'est vidé pour être supprimé.",
    ),
    reason=(
        "A rename or a destroy must not be able to take data away.",
        "Un renommage ou un destroy ne doit pas pouvoir emporter de données.",
    ),
    fix=("Set the option protect, leave forceDestroy out.", "Mettre l'option protect, omettre forceDestroy."),
    clauses=("secnumcloud-3.2:17.4.a", "secnumcloud-3.2:17.6.a"),
    kinds=(CONTAINER, VOLUME),
    counter="a container of the layer data without protect",
    params={"layers": ["data"]},
)
def protected(resource: Resource, world: World) -> Iterator[Said]:
    """By its label, option and switch."""
    if resource.flag("forceDestroy") is True:
        yield violation("forceDestroy deletes every object in it")
    labels = world.graph.labels(resource)
    if labels.get("layer") in world.params["layers"]:
        if not resource.protect:
            yield violation("is not protected")
    elif resource.kind == VOLUME:
        yield not_applicable("of another layer")


@policy(
    "DAT-04",
    rule=(
        "A volume is attached to hosts of its own zone or space only.",
        "Un volume n'est attaché qu'aux hôtes de sa propre zone ou de son propre espace.",
    ),
    reason=(
        "Attaching is copying: no flow rule sees it.",
        "Attacher, c'est copier : aucune règle de flux ne le voit.",
    ),
    fix=(
        "Attach it where it belongs, or move data through the airlock.",
        "L'attacher là où il appartient, ou passer par le sas.",
    ),
    clauses=("secnumcloud-3.2:9.7.a", "secnumcloud-3.2:13.2.a"),
    kinds=(ATTACH,),
    graph=True,
    counter="a volume of the space alpha on a server of the space beta",
)
def volumes_at_home(resource: Resource, world: World) -> Iterator[Said]:
    """Labels of both ends."""
    volumes = world.graph.follow(resource, "volumeId", VOLUME)
    servers = world.graph.follow(resource, "instanceId", INSTANCE)
    for volume in volumes.found:
        for server in servers.found:
            theirs = {place(nic.labels) for nic in world.graph.nics_of(server)} | {
                place(world.graph.labels(server))
            }
            own = place(world.graph.labels(volume))
            if own and theirs - {""} and own not in theirs:
                yield violation(f"volume of {own} on {server.name} of {', '.join(sorted(theirs - {''}))}")
    if not volumes.sure or not servers.sure:
        yield unproven("volume or server is not of this stack")


@policy(
    "DAT-07",
    rule=(
        "Nothing of production is copied into another environment.",
        "Rien de la production n'est copié dans un autre environnement.",
    ),
    reason=(
        "Test data is anonymous; a volume made from production's is not.",
        "Les données de test sont anonymes ; un volume tiré de la production ne l'est pas.",
    ),
    fix=("Make test data, do not copy.", "Fabriquer des données de test, ne pas copier."),
    clauses=("secnumcloud-3.2:12.3.a", "secnumcloud-3.2:14.7.b", "snds-2024:3.8"),
    kinds=(VOLUME,),
    graph=True,
    counter="a volume with env=staging made from one with env=production",
)
def no_production_copies(resource: Resource, world: World) -> Iterator[Said]:
    """What it is made from, and both labels."""
    own = world.graph.labels(resource).get("env")
    sources = world.graph.follow(resource, "sourceVolId", VOLUME).and_(
        world.graph.follow(resource, "imageId", IMAGE)
    )
    for source in sources.found:
        theirs = world.graph.labels(source)
        if theirs.get("env") not in (None, own):
            yield violation(f"is made from {source.name} of {theirs['env']}")
    if world.graph.follow(resource, "sourceVolId", VOLUME).outside or resource.get("snapshotId") is not None:
        yield unproven("what it is made from is not of this stack")


@policy(
    "DAT-08",
    rule=("No volume is attached to two servers.", "Aucun volume n'est attaché à deux serveurs."),
    reason=(
        "Two systems that write one file system destroy it.",
        "Deux systèmes qui écrivent un même système de fichiers le détruisent.",
    ),
    fix=("One volume a server; share by a service.", "Un volume par serveur ; partager par un service."),
    clauses=("secnumcloud-3.2:9.7.a",),
    kinds=(VOLUME,),
    graph=True,
    counter="two volume attachments of one volume",
)
def one_server_each(resource: Resource, world: World) -> Iterator[Said]:
    """By the attachments that point to it."""
    ties = [
        one
        for one in world.graph.index.all(ATTACH)
        if resource in world.graph.follow(one, "volumeId", VOLUME).found
    ]
    servers = {server.urn: server.name for one in ties for server in world.graph.server(one, "instanceId")}
    if len(servers) > 1 or any(one.flag("multiattach") is True for one in ties):
        yield violation(f"is attached to {', '.join(sorted(servers.values()))}")
    elif len(ties) > len(servers) and len(ties) > 1:
        yield unproven("a server that it is attached to cannot be known")


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
        for urn in resource.depends.get(name, ()):
            project = world.graph.index.by_urn.get(urn)
            if project is None or project.kind != PROJECT:
                continue
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
