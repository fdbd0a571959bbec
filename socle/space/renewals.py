"""Which spaces are renewed, with whose connections, and who is told: renew.py does the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from infra.facts import FactError
from infra.specification import SpaceSpecification, Specification, load, load_space, load_spaces
from infra.stackfile import space_of, spaces_of
from socle.env import Environment
from socle.errors import UserError
from socle.hosts.servers import connect
from socle.space import table
from socle.space.key import folder
from socle.space.keystone import Manager, asking, place_of
from socle.space.renew import WITHIN, Renewal, Say, renew_all

GATEWAY = "object-gateway"
"""Role of the hosts that let only known credentials through."""


def renew_spaces(
    environment: Environment,
    say: Say,
    names: Sequence[str] = (),
    *,
    within: int = WITHIN,
    tell: Callable[[Sequence[str]], None] | None = None,
    deliver: Callable[[Sequence[str]], None] | None = None,
    preview: bool = False,
) -> None:
    """Renew what is due of these spaces, of all when none is named.

    `tell` is given the hosts that have to know of new credentials before anybody gets them, `deliver` those
    that get them, before old ones are revoked.
    """
    try:
        base = load(f"{environment.name}-platform")
        # Others may be erased meanwhile: who named his own does not read theirs.
        chosen = _named(environment, names) if names else load_spaces(environment.name)
    except FactError as error:
        raise UserError(str(error)) from None
    entry = base.profile.project_manager
    if entry is None:
        say(f"profile {base.profile.name} delegates no projects: spaces have no credentials of their own")
        return
    if not chosen:
        return
    with asking("the cloud could not be asked"):
        place = place_of(connect(environment))
        manager = Manager(
            connect(replace(environment, variables={**environment.variables, "OS_CLOUD": entry}))
        )
    run = Renewal(
        keys=folder(environment.ssh_dir),
        place=place,
        manager=manager,
        now=datetime.now(UTC),
        within=within,
        tell=None if tell is None else lambda: tell(gateways(base)),
        deliver=None if deliver is None else lambda spaces: deliver(workstations(spaces)),
    )
    renew_all(run, chosen, say, preview=preview)


def gateways(base: Specification) -> list[str]:
    """The platform's hosts that let only known credentials through."""
    return [placed.name for placed in base.plan.hosts if GATEWAY in placed.host.roles]


def workstations(spaces: Sequence[SpaceSpecification]) -> list[str]:
    """Those hosts of these spaces that run and have a sealed volume: what is secret lies nowhere else."""
    return [placed.name for one in spaces for placed in one.plan.hosts if placed.host.volumes]


def _named(environment: Environment, names: Sequence[str]) -> list[SpaceSpecification]:
    stacks = [table.space_stack(environment.name, name) for name in names]
    there = spaces_of(environment.name)
    for stack, name in zip(stacks, names, strict=True):
        if stack not in there:
            known = ", ".join(map(space_of, there)) or "there is none"
            raise UserError(f"{environment.name} has no space {name}", fix=f"choose {known}")
    return [load_space(stack) for stack in dict.fromkeys(stacks)]
