"""`socle space renew | list | objects`: what changes no space, and asks nobody. For a timer as for people."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from infra.facts import FactError
from socle.env import prepare
from socle.errors import FindingError, UserError
from socle.hosts.servers import connect
from socle.local.progress import reporter
from socle.local.run import Step, run_steps
from socle.local.steps import renew_and_tell
from socle.options import CloudName, help_with
from socle.space.inventory import lying
from socle.space.key import folder
from socle.space.renew import WITHIN
from socle.space.renewals import renew_spaces
from socle.space.show import print_list
from socle.space.table import loaded, space_stack

RENEW = help_with(
    "Renew the credentials of spaces that end soon: first new ones, handed over, then the old are revoked.",
    "socle space renew                          # every space; fit for a timer, and for being killed",
    "socle space renew alpha --within 91 --preview",
    note="Exit codes: 0 done or nothing to do, 1 the cloud refused, 2 bad usage, 4 it did not answer.",
)
OBJECTS = help_with(
    "What lies in a space's two containers, older versions too, and whether it is sealed.",
    "socle space objects alpha",
    note="Exit codes: 0 all of it is sealed, 1 the store refused, 2 bad usage, 3 something lies in clear.",
)
LIST = help_with(
    "Every space of the environment: phase, last day, owner, what it takes, the end of its credentials.",
    "socle space list",
)


def renew(
    *,
    cloud: CloudName,
    names: Annotated[list[str] | None, typer.Argument(metavar="[SPACE]...", help="These; else all.")] = None,
    within: Annotated[int, typer.Option(metavar="DAYS", help="Days before their end.", min=1)] = WITHIN,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would happen.")] = False,
) -> None:
    """Renew what is due."""
    environment = prepare(cloud)
    if preview:
        renew_spaces(environment, print, names or (), within=within, preview=True)
        return
    work = partial(renew_and_tell, only=names or (), within=within)
    step = Step("credentials", "Renew the spaces' credentials", work)
    run_steps((step,), environment, reporter(), "socle space renew")


def list_objects(
    cloud: CloudName, name: Annotated[str, typer.Argument(metavar="NAME", help="The space's name.")]
) -> None:
    """What lies in a space's two containers."""
    environment = prepare(cloud)
    loaded(space_stack(environment.name, name))
    found = lying(connect(environment), environment.name, name)
    for one in found:
        print(f"{'sealed' if one.sealed else 'in clear':<9} {one.size:>14}  {one}")
    clear = [one for one in found if not one.sealed]
    if clear:
        fix = "have it sealed by whoever brought it, and deleted as it is"
        raise FindingError(f"{len(clear)} of {len(found)} lie in clear", f"space {name}", fix)


def list_spaces(cloud: CloudName) -> None:
    """Every space of the environment."""
    environment = prepare(cloud)
    try:
        print_list(environment.name, datetime.now(UTC).date(), folder(environment.ssh_dir))
    except FactError as error:
        raise UserError(str(error)) from None
