"""Who may erase a space, what they are told before, and that somebody else agrees. erasure.py does it."""

from __future__ import annotations

import typer

from socle import ca
from socle.admin import factor, people
from socle.admin.cli import ask_code
from socle.admin.store import Store
from socle.env import Environment
from socle.errors import UserError
from socle.local.progress import reporter
from socle.local.run import run_steps
from socle.space import erasure as work
from socle.space import table
from socle.space.left import Left


def erase(environment: Environment, stack: str, approver: str, *, preview: bool, yes: bool) -> None:
    """Judge, say, ask, have it approved, do it. One that began is only gone on with: it was approved.

    At a provider it is only said (docs/decisions/0035).
    """
    if not environment.embedded and not preview:
        raise UserError(
            "erasing at a provider is not built yet", stack, "`--preview` says what would go; close the space"
        )
    erasure = work.Erasure(environment, stack)
    if not erasure.note.exists():
        _agreed(erasure, approver, preview=preview, yes=yes)
    if preview:
        return
    run_steps(work.steps(erasure), environment, reporter(), "the same command", space=stack)


def _agreed(erasure: work.Erasure, approver: str, *, preview: bool, yes: bool) -> None:
    spec = table.loaded(erasure.stack)
    where, owner = spec.source.document.label, spec.space.owner
    if spec.space.phase != "closed":
        what = f"space {spec.name} is {spec.space.phase}"
        raise UserError(what, where, f"close it first: `socle space close {spec.name}`")
    if approver == owner:
        raise UserError(
            f"{approver} answers for the space and cannot also approve", "--approver", "ask another"
        )
    person = people.standing(erasure.environment, approver)
    store = Store.among(ca.beside(erasure.environment.ssh_dir), erasure.environment.name)
    if not factor.enrolled(store, approver):
        fix = f"run `socle admin enrol {approver}`"
        raise UserError(f"{approver} has no second factor, and cannot approve", "--approver", fix)
    for line in said(erasure.left()):
        print(line)
    if preview:
        return
    if not yes:
        typer.confirm("Destroy all of it?", abort=True)
    code = ask_code(person.login)
    with store.locked():
        factor.spend(store, person.login, code)
    work.begin(erasure, owner, approver)


def said(left: list[Left]) -> list[str]:
    """What is going to be destroyed, and what is not, in words."""
    lines = [
        "The space's key is destroyed first: from then on its volumes, the objects that it sealed, and any "
        "copy of them, are unreadable."
    ]
    return lines + [f"{_fate(one)}: {one}{', ' + one.detail if one.detail else ''}." for one in left]


def _fate(one: Left) -> str:
    if one.is_copy:
        return "Left to whose it is, unreadable"
    return "Deleted, or unreadable where the provider keeps it" if one.kind == "backup" else "Deleted"
