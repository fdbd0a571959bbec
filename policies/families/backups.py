"""Data: that what is lost can be had back from somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import is_sensitive, place
from policies.families.volumes import CONTAINER, VOLUME
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import known


@policy(
    "DAT-05",
    rule=(
        "A sensitive store of production has a copy elsewhere, of its class, and encrypted.",
        "Un stockage sensible de production a une copie ailleurs, de sa classe, et chiffrée.",
    ),
    reason=(
        "A copy beside the original burns with it; a copy in clear is the leak.",
        "Une copie à côté de l'original brûle avec lui ; une copie en clair est la fuite.",
    ),
    fix=(
        "Make a store with the label backup_of=<name>, in another availability zone or container region.",
        "Faire un stockage étiqueté backup_of=<nom>, dans une autre zone de disponibilité ou région.",
    ),
    clauses=("secnumcloud-3.2:12.5.a", "secnumcloud-3.2:12.5.d", "secnumcloud-3.2:17.6.a"),
    kinds=(VOLUME, CONTAINER),
    graph=True,
    counter="a database's volume with env=production and no other with backup_of=<its name>",
    params={"environments": ["production"], "types": ["luks"]},
)
def has_a_copy(resource: Resource, world: World) -> Iterator[Said]:
    """By labels of both; places by availability zone and storage class, where they are said."""
    labels = world.graph.labels(resource)
    if not known(resource.get("metadata")):
        yield unproven("its labels cannot be known")
        return
    named = labels.get("backup_of")
    if not is_sensitive(labels, world) or named or labels.get("env") not in world.params["environments"]:
        yield not_applicable("is a copy" if named else "not sensitive, or of no environment that is copied")
        return
    others = [one for kind in (VOLUME, CONTAINER) for one in world.graph.index.all(kind)]
    name = str(resource.get("name") or resource.name)
    copies = [one for one in others if world.graph.labels(one).get("backup_of") == name]
    if not copies:
        hidden = any(not known(one.get("metadata")) for one in others if one is not resource)
        yield (unproven if hidden else violation)(f"has no copy: no store says backup_of={name}")
    for copy in copies:
        yield from _as_good(resource, copy, world)


def _as_good(resource: Resource, copy: Resource, world: World) -> Iterator[Said]:
    theirs, own = world.graph.labels(copy), world.graph.labels(resource)
    if theirs.get("class") != own.get("class"):
        yield violation(f"copy {copy.name} says class {theirs.get('class') or 'none'}, not {own['class']}")
    if copy.kind == VOLUME:
        said = copy.get("volumeType")
        if not known(said):
            yield unproven(f"the type of copy {copy.name} cannot be known")
        elif said not in world.params["types"]:
            yield violation(f"copy {copy.name} is not encrypted")
    key = "availabilityZone" if copy.kind == resource.kind == VOLUME else "storageClass"
    here, there = resource.get(key), copy.get(key)
    if not known(here) or not known(there):
        yield unproven(f"where copy {copy.name} lies cannot be known")
    elif here == there and copy.kind == resource.kind and place(theirs) == place(own):
        yield violation(f"copy {copy.name} lies where the original does")
