"""Data: volumes, where they are attached, and how what they hold is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.concern import place
from policies.graph.labels import holds_unknown_label
from policies.graph.topology import INSTANCE
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, Value, known, opened

CONTAINER, VOLUME = "objectstorage/container", "blockstorage/volume"
ATTACH = "compute/volumeAttach"
IMAGE = "images/image"


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
    force = resource.flag("forceDestroy")
    if isinstance(force, Unknown):
        yield unproven("forceDestroy cannot be known")
    elif force:
        yield violation("forceDestroy deletes every object in it")
    labels = world.graph.labels(resource)
    if labels.get("layer") in world.params["layers"]:
        if not resource.protect:
            yield violation("is not protected")
    elif not resource.protect and holds_unknown_label(resource):
        yield unproven("its layer cannot be known")
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
    volumes = world.graph.follow(resource, "sourceVolId", VOLUME)
    if volumes.outside or sources.unknown or resource.get("snapshotId") is not None:
        yield unproven("what it is made from is not of this stack")


def _ties(world: World) -> tuple[dict[str, list[Resource]], list[Resource]]:
    """Attachments by volume, and those whose volume cannot be known."""
    found: dict[str, list[Resource]] = {}
    hidden = []
    for one in world.graph.index.all(ATTACH):
        volumes = world.graph.follow(one, "volumeId", VOLUME)
        for volume in volumes.found:
            found.setdefault(volume.urn, []).append(one)
        hidden += [one] if volumes.unknown else []
    return found, hidden


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
    by_volume, hidden = world.graph.once("ties of volumes", lambda: _ties(world))
    ties = by_volume.get(resource.urn, [])
    servers = {server.urn: server.name for one in ties for server in world.graph.server(one, "instanceId")}
    if len(servers) > 1 or any(one.flag("multiattach") is True for one in ties):
        yield violation(f"is attached to {', '.join(sorted(servers.values()))}")
    elif len(ties) > len(servers) and len(ties) > 1:
        yield unproven("a server that it is attached to cannot be known")
    elif ties and hidden:
        yield unproven(f"whether {hidden[0].name} attaches it once more cannot be known")


@policy(
    "DAT-14",
    rule=(
        "No disk is deleted with its server, unless an image made it.",
        "Aucun disque n'est supprimé avec son serveur, sauf s'il vient d'une image.",
    ),
    reason=(
        "Replacing a server is routine; what it wrote must outlive that.",
        "Remplacer un serveur est ordinaire ; ce qu'il a écrit doit y survivre.",
    ),
    fix=(
        "Set deleteOnTermination to false, or declare the volume and attach it.",
        "Mettre deleteOnTermination à false, ou déclarer le volume et l'attacher.",
    ),
    clauses=("secnumcloud-3.2:17.4.a",),
    kinds=(INSTANCE,),
    counter="a block device from a blank, to a volume, with deleteOnTermination: true",
)
def disks_outlive(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Every block device that is a volume; what an image made can be made again."""
    devices = resource.items("blockDevices")
    for one in [devices] if isinstance(devices, Unknown) else map(opened, devices):
        if not isinstance(one, dict):
            yield unproven("its disks cannot be known")
        elif _may_go(one):
            said = [one.get(name) for name in ("sourceType", "destinationType", "deleteOnTermination")]
            sure = all(known(value) for value in said)
            yield violation("deletes a disk with it") if sure else unproven("a disk may go with it")


def _may_go(device: Mapping[str, Value]) -> bool:
    """Nova puts on the hypervisor what names no destination and is no volume already."""
    source, to = device.get("sourceType"), device.get("destinationType")
    kept = to == "local" or (to is None and source in ("blank", "image"))
    return not kept and source != "image" and device.get("deleteOnTermination") not in (None, False, "false")
