"""The specification of a new space, from what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from infra.config import FIRST_HOST
from infra.specification import SpaceSpecification, load
from infra.stackfile import stack_file
from socle import ca
from socle.admin import factor, people
from socle.admin.store import Store
from socle.env import Environment
from socle.errors import UserError
from socle.space import table


@dataclass(frozen=True)
class Opening:
    """`volume`: GiB of each host's encrypted volume."""

    owner: str
    purpose: str
    until: date
    bases: tuple[str, ...]
    hosts: int
    size: str
    volume: int


def text(environment: Environment, stack: str, asked: Opening, before: SpaceSpecification | None) -> str:
    """The new space's file; the one that is there when the same was asked for before.

    UserError when the owner is nobody, or has no second factor, or another space has the name.
    """
    _answering(environment, asked.owner)
    path = stack_file(stack)
    if before is None:
        return table.written(
            environment.name, _table(environment.name, asked, table.free_number(environment.name))
        )
    space = before.space
    there = space.model_dump(mode="json", exclude_defaults=True)
    if there != {**_table(environment.name, asked, space.number), "expiry": str(asked.until)}:
        what = "a space of this name is there, and is another than the one asked for"
        raise UserError(what, f"stacks/{path.name}", "take another name; or say `socle space extend`, `thaw`")
    return path.read_text(encoding="utf-8")


def _table(environment: str, asked: Opening, number: int) -> dict[str, Any]:
    hosts = [
        {
            "name": "desk" if asked.hosts == 1 else f"desk-{index + 1}",
            "roles": ["workstation"],
            "number": FIRST_HOST + index,
            "size": asked.size,
            "volumes": [{"name": "work", "size_gib": asked.volume, "mount": "/srv/work"}],
        }
        for index in range(asked.hosts)
    ]
    return {
        "environment": environment,
        "number": number,
        "owner": asked.owner,
        "purpose": asked.purpose,
        "protect": load(f"{environment}-platform").platform.protect,
        "phase": "open",
        "expiry": asked.until,
        "bases": [*asked.bases],
        "quota": {"hosts": asked.hosts, "volumes_gib": asked.hosts * asked.volume, "objects_gib": 1},
        "hosts": hosts,
    }


def _answering(environment: Environment, login: str) -> None:
    person = people.standing(environment, login)
    store = Store.among(ca.beside(environment.ssh_dir), environment.name)
    if not factor.enrolled(store, person.login):
        raise UserError(
            f"{login} has no second factor, and cannot answer for a space",
            "--owner",
            f"run `socle admin enrol {login}`",
        )
