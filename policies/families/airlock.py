"""Data: the way out. Each stage of an export in other hands, and nothing handed over for long."""

from __future__ import annotations

from collections.abc import Iterator

from policies.families.containers import CONTAINER
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import UNKNOWN, Unknown, known

TEMPORARY = "objectstorage/tempUrl"


def writers(container: Resource) -> frozenset[str] | Unknown:
    """Who may write it: the entries of its list as they are, or what they are made from."""
    said = container.text("containerWrite")
    if isinstance(said, Unknown):
        made_from = container.depends.get("containerWrite", ())
        return frozenset(made_from) if made_from else UNKNOWN
    return frozenset(one.strip() for one in (said or "").split(",")) - {""}


@policy(
    "DAT-06",
    rule=(
        "Nobody writes two stages of an export, and nothing is released that was not in quarantine.",
        "Personne n'écrit deux étapes d'un export, et rien n'est diffusé sans passer par la quarantaine.",
    ),
    reason=(
        "Who asks, who reviews and who lets out are three, or there is no review.",
        "Qui demande, qui relit et qui laisse sortir sont trois, ou il n'y a pas de relecture.",
    ),
    fix=(
        "Give each container with a label `stage` a writer of its own, and make the one for quarantine.",
        "Donner à chaque conteneur étiqueté `stage` un écrivain à lui, et faire celui de quarantaine.",
    ),
    clauses=("cnil-mr-005:SEC-EXP-1", "cnil-mr-005:SEC-EXP-2", "cnil-mr-005:SEC-EXP-3", "snds-2024:4.5"),
    kinds=(CONTAINER,),
    graph=True,
    counter="one user in containerWrite of stage=request and of stage=release",
    params={"stages": ["request", "quarantine", "release"]},
)
def stages_in_other_hands(resource: Resource, world: World) -> Iterator[Said]:
    """By the labels `stage` and `space`, and the lists of writers."""
    if not known(resource.get("metadata")):
        yield unproven("its labels cannot be known")
        return
    stages, labels = world.params["stages"], world.graph.labels(resource)
    stage, own = labels.get("stage"), writers(resource)
    if stage is None:
        yield not_applicable("no stage of an export")
        return
    if stage not in stages:
        yield violation(f"says stage {stage}, not one of {', '.join(stages)}")
    beside = [
        (one, world.graph.labels(one))
        for one in world.graph.index.all(CONTAINER)
        if one is not resource and world.graph.labels(one).get("space") == labels.get("space")
    ]
    for other, theirs in beside:
        if theirs.get("stage") in (None, stage):
            continue
        listed = writers(other)
        if isinstance(own, Unknown) or isinstance(listed, Unknown):
            yield unproven(f"who writes it or {other.name} cannot be known")
        elif own & listed:
            yield violation(f"is written by who writes {other.name}, stage {theirs['stage']}")
    if stage == stages[-1] and not any(theirs.get("stage") == stages[1] for _, theirs in beside):
        yield violation(f"releases what no container of stage {stages[1]} held back")


@policy(
    "DAT-13",
    rule=(
        "A temporary address lasts an hour at most, only reads, and is of a released export.",
        "Une adresse temporaire dure une heure au plus, ne fait que lire, et est d'un export diffusé.",
    ),
    reason=(
        "Who has the address needs no account, and nobody knows who has it.",
        "Qui a l'adresse n'a besoin d'aucun compte, et nul ne sait qui l'a.",
    ),
    fix=(
        "Set ttl to 3600 or less and method to get, on a container with the label stage=release.",
        "Fixer ttl à 3600 au plus et method à get, sur un conteneur étiqueté stage=release.",
    ),
    clauses=("snds-2024:4.5", "cnil-mr-005:SEC-EXP-3"),
    kinds=(TEMPORARY,),
    graph=True,
    counter="a temporary URL of a day on a project's container",
    params={"seconds": 3600, "stages": ["release"]},
)
def short_addresses(resource: Resource, world: World) -> Iterator[Said]:
    """By its three values and the label of its container."""
    ttl, method = resource.get("ttl"), resource.text("method")
    if not isinstance(ttl, int | float):
        yield unproven("how long it lasts cannot be known")
    elif ttl > world.params["seconds"]:
        yield violation(f"lasts {ttl} seconds")
    if isinstance(method, Unknown):
        yield unproven("what it allows cannot be known")
    elif (method or "get").lower() not in ("get", "head"):
        yield violation(f"allows {method}")
    containers = world.graph.follow(resource, "container", CONTAINER)
    for one in containers.found:
        if not known(one.get("metadata")):
            yield unproven(f"the stage of {one.name} cannot be known")
        elif world.graph.labels(one).get("stage") not in world.params["stages"]:
            yield violation(f"is of {one.name}, which is no released export")
    if containers.outside:
        yield violation(f"is of container {containers.outside[0]}, which this stack does not make")
    elif containers.unknown:
        yield unproven("of which container it is cannot be known")
