"""What the tables of controls/ must agree on among themselves, with the roles and with the checks.

Roles and checks are read as text: a table is judged without starting Ansible or importing tests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from socle.controls.tables import Control, Kind, Recommendation, Status

if TYPE_CHECKING:
    from socle.controls.catalogue import Catalogue

GUIDE = "anssi-bp-028"
LAST = 80  # ANSSI-BP-028 v2.0 has R1 to R80
CHECKS, ROLES = Path("tests/hosts/checks"), Path("roles")
# A part of these may be held on a running host already, the rest where the status says.
HELD_ELSEWHERE_TOO = (Status.ENFORCED, Status.REBOOT, Status.IMAGE)


@dataclass(frozen=True)
class Problem:
    """Something that cannot be; `loc` begins with the table, `what` ends with the fix."""

    loc: tuple[str | int, ...]
    what: str


def problems(catalogue: Catalogue, root: Path) -> Iterator[Problem]:
    """Everything that is wrong, table by table."""
    yield from _twice("controls", [control.id for control in catalogue.controls])
    yield from _twice("recommendations", [one.id for one in catalogue.recommendations])
    known = {one.id: one for one in catalogue.recommendations}
    for index, control in enumerate(catalogue.controls):
        for key, what in _control(control, catalogue, known):
            yield Problem(("controls", index, key), f"{control.id}: {what}")
    yield from _numbers(catalogue)
    for index, one in enumerate(catalogue.recommendations):
        yield from _recommendation(index, one, catalogue)
    read = _checks(root)
    for name, kind in catalogue.kinds.items():
        yield from _kind(name, kind, root, read)
    ids = {control.id for control in catalogue.controls}
    for index, waiver in enumerate(catalogue.waivers):
        if waiver.control not in ids:
            what = f"no control is called {waiver.control}; correct the id, or remove the waiver"
            yield Problem(("waivers", index, "control"), what)


def _twice(table: str, ids: list[str]) -> Iterator[Problem]:
    for name, count in Counter(ids).items():
        if count > 1:
            second = [index for index, one in enumerate(ids) if one == name][1]
            yield Problem((table, second, "id"), f"{name} stands twice; give one of them another id")


def _control(
    control: Control, catalogue: Catalogue, known: dict[str, Recommendation]
) -> Iterator[tuple[str, str]]:
    if control.kind not in catalogue.kinds:
        yield "kind", f"no kind is called {control.kind}; correct it, or describe it in controls/kinds.yaml"
    for number in control.anssi:
        name = f"{GUIDE}:{number}"
        if name not in known:
            yield "anssi", f"{GUIDE} has no {number}; correct the number"
        elif name not in control.clauses:
            yield "clauses", f"{name} is missing, which `anssi` names; add it"
    for clause in control.clauses:
        guide, _, number = clause.partition(":")
        if guide in catalogue.guides and clause not in known:
            yield "clauses", f"controls/recommendations.yaml has no {clause}; correct it, or add it there"
        elif guide == GUIDE and number not in control.anssi:
            yield "anssi", f"{number} is missing, which `clauses` names; add it"
    levels = {known[f"{GUIDE}:{n}"].level for n in control.anssi if f"{GUIDE}:{n}" in known}
    if levels and control.level not in levels:
        said = " or ".join(sorted(str(level) for level in levels))
        yield "level", f"none of its recommendations is {control.level}; its level is {said}"
    if control.mutation == control.rollback:
        yield "rollback", "it is the same as the mutation; say what puts the host back"


def _numbers(catalogue: Catalogue) -> Iterator[Problem]:
    wanted = [f"R{number}" for number in range(1, LAST + 1)]
    listed = [one.number for one in catalogue.recommendations if one.guide == GUIDE]
    for number in wanted:
        if number not in listed:
            yield Problem(("recommendations",), f"{GUIDE}:{number} is missing; say what becomes of it")
    for index, one in enumerate(catalogue.recommendations):
        if one.guide not in catalogue.guides:
            what = f"{one.id}: no guide is called {one.guide}; name it under `guides`"
            yield Problem(("recommendations", index, "id"), what)
        if one.guide == GUIDE and one.number not in wanted:
            what = f"{one.id}: the guide ends with R{LAST}; correct the number"
            yield Problem(("recommendations", index, "id"), what)
        if (one.guide == GUIDE) != (one.level is not None):
            what = f"{one.id}: recommendations of {GUIDE} have a level, others none; correct it"
            yield Problem(("recommendations", index, "level"), what)


def _recommendation(index: int, one: Recommendation, catalogue: Catalogue) -> Iterator[Problem]:
    carried = [control.id for control in catalogue.carrying(one.id)]
    loc = ("recommendations", index, "status")
    if one.status is Status.ENFORCED and not carried:
        what = f"{one.id} is said to be enforced, but no control names it; write one, or give another status"
        yield Problem(loc, what)
    if one.status not in HELD_ELSEWHERE_TOO and carried:
        what = f"{one.id} is said to be {one.status}, but {carried[0]} carries it; say enforced, with its gap"
        yield Problem(loc, what)


def _checks(root: Path) -> set[str]:
    """Kinds that a check registers itself for."""
    texts = [path.read_text(encoding="utf-8") for path in (root / CHECKS).glob("*.py")]
    return {name for text in texts for name in re.findall(r'^@check\("(\w+)"\)', text, re.M)}


def _kind(name: str, kind: Kind, root: Path, read: set[str]) -> Iterator[Problem]:
    if name not in read:
        what = f"no check reads kind {name}; write it in {CHECKS}, or correct the name"
        yield Problem(("kinds", name), what)
    if kind.held_by and not (root / kind.held_by).is_file():
        what = f"kind {name} is held by {kind.held_by}, which does not exist; name the file that holds it"
        yield Problem(("kinds", name, "held_by"), what)
    if kind.rendered_by and not _renders(root / ROLES / kind.rendered_by, name):
        what = f"role {kind.rendered_by} nowhere renders kind {name}; render it there, or name who does"
        yield Problem(("kinds", name, "rendered_by"), what)


def _renders(role: Path, kind: str) -> bool:
    """True when a template or default of the role selects controls of the kind."""
    files = [*role.glob("templates/*"), *role.glob("defaults/*.yml")]
    pattern = re.compile(rf"kind\b[^%}}\n]*'{re.escape(kind)}'")
    return any(pattern.search(path.read_text(encoding="utf-8")) for path in files)
