"""Compute: images, and what servers boot from."""

from __future__ import annotations

from collections.abc import Iterator

from policies.graph.topology import INSTANCE
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, opened

IMAGE, ACCESS = "images/image", "images/imageAccess"


@policy(
    "CMP-01",
    rule=(
        "A server boots from an image that is given by id.",
        "Un serveur démarre d'une image donnée par son identifiant.",
    ),
    reason=("A name is whatever bears it today.", "Un nom désigne ce qui le porte aujourd'hui."),
    fix=("Set imageId; look names up before.", "Fixer imageId ; chercher le nom avant."),
    clauses=("secnumcloud-3.2:12.10.b",),
    kinds=(INSTANCE,),
    counter="imageName: debian",
)
def image_by_id(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By which of the two is set."""
    if resource.get("imageId") is None and resource.get("blockDevices") in (None, []):
        yield violation("names its image" if resource.get("imageName") is not None else "says no image")


@policy(
    "CMP-02",
    rule=(
        "An image is private, protected, and its checksum is verified.",
        "Une image est privée, protégée, et sa somme est vérifiée.",
    ),
    reason=(
        "A public image shows what our hosts are made of; an unverified one may be another.",
        "Une image publique montre de quoi nos hôtes sont faits ; non vérifiée, elle peut en être une autre.",
    ),
    fix=(
        "Set visibility private, protected true, verifyChecksum true.",
        "Fixer visibility private, protected true, verifyChecksum true.",
    ),
    clauses=("secnumcloud-3.2:12.10.a",),
    kinds=(IMAGE,),
    counter="visibility: public",
)
def images_kept(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its three values; private is Glance's default for what is not shared."""
    said = resource.text("visibility")
    if isinstance(said, Unknown):
        yield unproven("its visibility cannot be known")
    elif said not in (None, "private"):
        yield violation(f"is {said}")
    for name in ("protected", "verifyChecksum"):
        switch = resource.flag(name)
        if isinstance(switch, Unknown):
            yield unproven(f"{name} cannot be known")
        elif switch is not True:
            yield violation(f"{name} is not set")


@policy(
    "CMP-03",
    rule=(
        "An image is shared with listed projects only.",
        "Une image n'est partagée qu'avec des projets listés.",
    ),
    reason=("An image holds whatever was on the disk.", "Une image tient tout ce qui était sur le disque."),
    fix=("List the project in `members`.", "Lister le projet dans `members`."),
    clauses=("secnumcloud-3.2:9.7.a",),
    kinds=(ACCESS,),
    counter="an image access for a project that nobody listed",
    params={"members": []},
)
def listed_members(resource: Resource, world: World) -> Iterator[Said]:
    """By its member."""
    members = world.graph.follow(resource, "memberId", "identity/project")
    for one in members.outside:
        if one not in world.params["members"]:
            yield violation(f"shares with project {one}, which is not listed")
    if members.unknown:
        yield unproven("with whom it shares cannot be known")


@policy(
    "CMP-10",
    rule=(
        "A server boots from an image of the manifest, or from one that the stack makes from it.",
        "Un serveur démarre d'une image du manifeste, ou d'une image que la pile en fait.",
    ),
    reason=(
        "An id is as good as the list that says what it was when somebody looked.",
        "Un identifiant vaut la liste qui dit ce qu'il était quand on l'a vu.",
    ),
    fix=(
        "Put the image's id and its sha256 into `manifest`, or boot from a listed one.",
        "Mettre l'identifiant de l'image et son sha256 dans `manifest`, ou démarrer d'une image listée.",
    ),
    clauses=("secnumcloud-3.2:12.10.b",),
    kinds=(INSTANCE,),
    graph=True,
    counter="imageId of an image that nobody built here, beside a manifest",
    params={"manifest": {}},
)
def image_of_manifest(resource: Resource, world: World) -> Iterator[Said]:
    """By the id; for an image of the stack by its label `sha256`. Without a manifest nothing is judged."""
    manifest = world.params["manifest"]
    images = world.graph.follow(resource, "imageId", IMAGE)
    if not manifest:
        yield not_applicable("no manifest is given: fill `manifest`")
        return
    for one in images.found:
        said = opened(one.get("properties"))
        digest = opened(said.get("sha256")) if isinstance(said, dict) else said
        if isinstance(digest, Unknown):
            yield unproven(f"the sha256 of {one.name} cannot be known")
        elif digest not in manifest.values():
            yield violation(f"boots from {one.name}, whose sha256 is not in the manifest")
    for image in images.outside:
        if image not in manifest:
            yield violation(f"boots from image {image}, which is not in the manifest")
    if images.unknown:
        yield unproven("its image cannot be known")
