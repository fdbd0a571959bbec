"""Logs: where they are kept, who may touch them, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import place
from policies.families.containers import CONTAINER, listed_projects
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import known

OBJECT = "objectstorage/containerObject"
DAY = 86_400  # seconds


def _holds_logs(resource: Resource, world: World) -> bool:
    return world.graph.labels(resource).get("holds") == "logs"


@policy(
    "LOG-02",
    rule=(
        "A store of logs keeps what is overwritten, lies in no space, and no space's project may write it.",
        "Un stockage de journaux garde ce qu'on écrase, n'est dans aucun espace, et aucun espace n'y écrit.",
    ),
    reason=(
        "Swift's right to write is the right to delete: who is logged must not have it.",
        "Le droit d'écrire de Swift est celui de supprimer : qui est journalisé ne doit pas l'avoir.",
    ),
    fix=(
        "Let the collector alone write, with versioning, in a zone of its own.",
        "Laisser écrire le seul collecteur, avec versioning, dans une zone à part.",
    ),
    clauses=("secnumcloud-3.2:12.7.a", "secnumcloud-3.2:12.7.e", "anssi-pa-012:R20"),
    kinds=(CONTAINER,),
    graph=True,
    counter="a container with holds=logs and the project of a space in containerWrite",
)
def producers_only_append(resource: Resource, world: World) -> Iterator[Said]:
    """By the label `holds`, its versions, and the labels of the projects that its list is made from."""
    if not known(resource.get("metadata")):
        yield unproven("what it holds cannot be known")
        return
    if not _holds_logs(resource, world):
        yield not_applicable("holds no logs")
        return
    if resource.flag("versioning") is not True and known(resource.get("versioning")):
        yield violation("forgets what is overwritten or deleted")
    labels = world.graph.labels(resource)
    if labels.get("space"):
        yield violation(f"lies in {place(labels)}, with those whose logs it holds")
    projects, hidden = listed_projects(resource, "containerWrite", world)
    for project in projects:
        if theirs := world.graph.labels(project).get("space"):
            yield violation(f"may be rewritten by {project.name} of space {theirs}")
    if hidden:
        yield unproven("who may write it cannot be known")


@policy(
    "LOG-03",
    rule=(
        "Logs are kept for six months at least, and for a year at most.",
        "Les journaux sont gardés six mois au moins, et un an au plus.",
    ),
    reason=(
        "Too short, an intrusion cannot be read back; too long, the log is itself a file on people.",
        "Trop court, une intrusion ne se relit pas ; trop long, le journal devient un fichier de personnes.",
    ),
    fix=(
        "Say retention_days in the store's metadata, and give its objects a deleteAfter of as much.",
        "Dire retention_days dans les métadonnées, et donner à ses objets un deleteAfter d'autant.",
    ),
    clauses=("secnumcloud-3.2:12.6.c", "cnil-2021-122:retention", "snds-2024:7.2"),
    kinds=(CONTAINER, OBJECT),
    graph=True,
    counter="a container with holds=logs and retention_days=30",
    params={"least_days": 183, "most_days": 366},
)
def kept_long_enough(resource: Resource, world: World) -> Iterator[Said]:
    """A store by its label, an object by its end and the store it lies in."""
    if resource.kind == OBJECT:
        stores = world.graph.follow(resource, "containerName", CONTAINER).found
        if not any(_holds_logs(one, world) for one in stores):
            yield not_applicable("is no log")
            return
        seconds = resource.get("deleteAfter")
        if not known(seconds):
            yield unproven("when it is deleted cannot be known")
        elif seconds is not None:
            yield from _within(float(str(seconds)) / DAY, world)
        return
    if not known(resource.get("metadata")):
        yield unproven("what it holds cannot be known")
    elif not _holds_logs(resource, world):
        yield not_applicable("holds no logs")
    else:
        said = world.graph.labels(resource).get("retention_days")
        if said is None or not said.isdigit():
            yield violation("does not say for how many days it keeps logs: retention_days")
        else:
            yield from _within(float(said), world)


def _within(days: float, world: World) -> Iterator[Said]:
    least, most = world.params["least_days"], world.params["most_days"]
    if not least <= days <= most:
        yield violation(f"keeps logs for {days:g} days, not {least} to {most}")
