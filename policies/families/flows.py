"""Network: the rules of a stack beside the flow matrix that was agreed on for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.graph.perimeter import GROUP, Rule
from policies.matrix import MatrixError, Row, rows, stack_of
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown


@policy(
    "NET-17",
    rule=(
        "The rules of a group are those of the committed flow matrix: none beyond it, none missing.",
        "Les règles d'un groupe sont celles de la matrice de flux validée : aucune en plus, aucune en moins.",
    ),
    reason=(
        "What was agreed on is a table; a rule that is not in it was agreed on by nobody.",
        "Ce qui a été validé est un tableau ; une règle qui n'y est pas n'a été validée par personne.",
    ),
    fix=(
        "Change the flow table and commit the matrix made from it, or take the rule away.",
        "Changer la table des flux et valider la matrice qui en est faite, ou retirer la règle.",
    ),
    clauses=("secnumcloud-3.2:13.1.a",),
    kinds=(GROUP,),
    graph=True,
    counter="a rule that was added in the program and not in the flow table",
    params={"matrix": ""},
)
def as_agreed(resource: Resource, world: World) -> Iterator[Said]:
    """`matrix`: a JSON file, from the pack's folder; a stack that it does not name is not judged."""
    if not world.params["matrix"]:
        yield not_applicable("no matrix is committed: set `matrix`")
        return
    try:
        agreed = rows(world.params["matrix"], stack_of(resource.urn))
    except MatrixError as error:
        yield unproven(str(error))
        return
    if agreed is None:
        yield not_applicable("the matrix does not name this stack")
        return
    yield from _compared(resource, world, agreed)


def _compared(resource: Resource, world: World, agreed: Mapping[str, frozenset[Row]]) -> Iterator[Said]:
    name = resource.text("name")
    if isinstance(name, Unknown):
        yield unproven("its name cannot be known")
        return
    wanted, seen, hidden = agreed.get(name or resource.name, frozenset()), set(), False
    for rule in world.graph.perimeter.by_group[resource.urn]:
        said = _rows(rule)
        if said is None:
            hidden = True
            yield unproven(f"rule {rule} cannot be known")
            continue
        seen |= said
        if said - wanted:
            yield violation(f"rule {rule} is not in the flow matrix")
    for row in sorted(wanted - seen):
        # A rule that cannot be read may be the one that is missed.
        yield (unproven if hidden else violation)(f"the flow matrix has {row}, and no rule does")


def _rows(rule: Rule) -> set[Row] | None:
    """A rule as rows of the matrix; None when a part of it is unknown. A group is named as what it is."""
    parts: list[Any] = [rule.ingress, rule.protocol, rule.ports, rule.prefixes]
    if any(isinstance(one, Unknown) for one in parts) or rule.remote.unknown:
        return None
    way = "ingress" if rule.ingress else "egress"
    named = [f"group {one.get('name') or one.name}" for one in rule.remote.found]
    ends = [str(one) for one in parts[3] or ()] or named or [f"group {one}" for one in rule.remote.outside]
    return {Row(way, str(rule.protocol), str(rule.ports), end) for end in ends}
