"""Cryptography: what lies encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import sensitive_nics
from policies.graph.topology import INSTANCE
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, opened

VOLUME, ATTACH = "blockstorage/volume", "compute/volumeAttach"
TYPES = {"types": ["luks"]}


def _encrypted(volume: Resource, world: World) -> Said | None:
    said = volume.text("volumeType")
    if isinstance(said, Unknown):
        return unproven(f"the type of {volume.name} cannot be known")
    if said not in world.params["types"]:
        return violation(f"{volume.name} has type {said or 'the default one'}, not one of the encrypted")
    return None


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
        servers = world.graph.follow(tie, "instanceId", INSTANCE)
        volumes = world.graph.follow(tie, "volumeId", VOLUME)
        if servers.unknown and any(_encrypted(one, world) for one in volumes.found):
            yield unproven(f"where {tie.name} attaches a volume that is not encrypted cannot be known")
        if resource in servers.found:
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
    "CRY-03",
    rule=(
        "Volumes of two spaces never share a key: a type that serves both makes one for each volume.",
        "Les volumes de deux espaces ne partagent jamais de clé : un type commun en fait une par volume.",
    ),
    reason=(
        "One key for two projects opens the second to who was given the first.",
        "Une clé pour deux projets ouvre le second à qui a reçu le premier.",
    ),
    fix=(
        "A type for each space, or one listed in `per_volume` because it has a key for each volume.",
        "Un type par espace, ou un type listé dans `per_volume` car il a une clé par volume.",
    ),
    clauses=("secnumcloud-3.2:10.1.b", "secnumcloud-3.2:10.1.a"),
    kinds=(VOLUME,),
    graph=True,
    counter="one type with a fixed key for volumes of the spaces alpha and beta",
    params={"per_volume": ["luks"]},
)
def keys_apart(resource: Resource, world: World) -> Iterator[Said]:
    """By type and label `space`; the provider's word is taken for what a type does."""
    own, said = world.graph.labels(resource).get("space"), resource.text("volumeType")
    if not own:
        yield not_applicable("of no space")
    elif isinstance(said, Unknown):
        yield unproven("its type cannot be known")
    elif said not in world.params["per_volume"]:
        for other in world.graph.index.all(VOLUME):
            theirs = world.graph.labels(other).get("space")
            if theirs in (None, own):
                continue
            kind = other.text("volumeType")
            if isinstance(kind, Unknown):
                yield unproven(f"the type of {other.name} of space {theirs} cannot be known")
            elif kind == said:
                yield violation(f"has type {said or 'the default one'}, as {other.name} of space {theirs}")
