"""`socle space open | extend | freeze | thaw | close | erase | verify | objects | renew | list`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from infra.config import Phase
from infra.specification import SpaceSpecification
from socle.check import show
from socle.env import prepare
from socle.errors import UserError
from socle.options import CloudName, help_with
from socle.records.render import Format
from socle.space import agreement, erasing, opening, request, table, unattended
from socle.space import verify as verifying
from socle.space.agreement import Wanted

app = typer.Typer(
    no_args_is_help=True, help="Project spaces: open, extend, freeze, thaw, close, erase, renew."
)

Space = Annotated[str, typer.Argument(metavar="NAME", help="The space's name.")]
DryRun = Annotated[bool, typer.Option("--preview", help="Only say what would happen.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
Day = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Its last day, as 2028-06-30.")]
Bases = Annotated[list[str] | None, typer.Option("--base", help="A base it may read; may be repeated.")]


@app.command(
    name="open",
    help=help_with(
        "Open a space: write its specification, then network, hosts, volume, containers, hardening.",
        "socle space open rare-diseases --owner sample --purpose 'Rare diseases in hospital stays' "
        "--until 2028-06-30 --base hospital-stays --preview",
        "socle space open rare-diseases …   # the same without --preview; again after a kill, it goes on",
        note="The specification is stacks/Pulumi.<environment>-space-<name>.yaml: commit it.",
    ),
)
def open_space(
    *,
    cloud: CloudName,
    name: Space,
    owner: Annotated[str, typer.Option(help="Who answers for it: an administrator with a second factor.")],
    purpose: Annotated[str, typer.Option(help="What it is for, in a sentence.")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Its last day, as 2028-06-30.")],
    base: Bases = None,
    hosts: Annotated[int, typer.Option(help="Workstations.", min=1, max=9)] = 1,
    size: Annotated[str, typer.Option(help="Their size, by the profile's names.")] = "small",
    volume: Annotated[int, typer.Option(help="GiB of each one's encrypted volume.", min=1)] = 1,
    preview: DryRun = False,
    yes: Yes = False,
) -> None:
    """Open a space."""
    environment = prepare(cloud, pulumi=True)
    stack = table.space_stack(environment.name, name)
    asked = opening.Opening(owner, purpose, _day(until), tuple(base or ()), hosts, size, volume)

    def wanted() -> Wanted:
        before = table.standing(stack)
        return before, opening.text(environment, stack, asked, before)

    agreement.bring(environment, stack, wanted, preview=preview, yes=yes)


@app.command(
    help=help_with(
        "Give a space more: a later last day, another base, a larger volume. Nothing is taken away.",
        "socle space extend alpha --until 2029-12-31 --preview",
        "socle space extend alpha --base nomenclatures --volume work=3",
    )
)
def extend(
    *,
    cloud: CloudName,
    name: Space,
    until: Day = None,
    base: Bases = None,
    volume: Annotated[
        list[str] | None, typer.Option(metavar="NAME=GIB", help="A volume's new size; may be repeated.")
    ] = None,
    preview: DryRun = False,
    yes: Yes = False,
) -> None:
    """Give a space more."""
    sizes = dict(_size(text) for text in volume or ())
    asked = request.Extension(_day(until) if until else None, base or (), sizes)
    _change(cloud, name, lambda space: request.extended(space, asked), preview=preview, yes=yes)


def _phase_verb(verb: str, phase: Phase, what: str) -> None:
    @app.command(
        name=verb, help=help_with(what, f"socle space {verb} alpha --preview", f"socle space {verb} alpha")
    )
    def change(cloud: CloudName, name: Space, preview: DryRun = False, yes: Yes = False) -> None:
        _change(cloud, name, lambda space: request.to_phase(space, phase), preview=preview, yes=yes)


_phase_verb("freeze", "frozen", "Freeze a space: nobody in, nothing out, all kept.")
_phase_verb(
    "thaw", "open", "Open a frozen or closed space again; a closed one gets new hosts on its old volumes."
)
_phase_verb(
    "close", "closed", "Close a space: hosts and networks go, volumes and containers stay to be erased."
)


@app.command(
    help=help_with(
        "Erase a closed space: its key first, then all that the cloud holds of it. Writes a certificate.",
        "socle space erase alpha --approver sample --preview",
        "socle space erase alpha --approver sample   # asks for the approver's one-time code",
        note="The approver is not the owner, and has a second factor. Again after a kill, it goes on.",
    )
)
def erase(
    *,
    cloud: CloudName,
    name: Space,
    approver: Annotated[str, typer.Option(help="Who agrees: an administrator, and not the owner.")],
    preview: DryRun = False,
    yes: Yes = False,
) -> None:
    """Erase a closed space."""
    environment = prepare(cloud, pulumi=True)
    erasing.erase(environment, table.space_stack(environment.name, name), approver, preview=preview, yes=yes)


@app.command(
    help=help_with(
        "Check a certificate of an erasure: signature, key, cloud, number.",
        "socle space verify local-space-alpha-2028-07-01.json",
        note="Exit codes: 3 something does not hold; 4 all that can be seen here holds, and the rest, as "
        "always, is the provider's to attest.",
    )
)
def verify(
    cloud: CloudName,
    file: Annotated[Path, typer.Argument(help="The certificate.")],
    form: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TABLE,
    lang: Annotated[str, typer.Option(help="Language of titles: en or fr.")] = "en",
) -> None:
    """Check a certificate of an erasure."""
    records = verifying.verify(prepare(cloud), file)
    show(records, form, None, lang)
    raise typer.Exit(records.exit_code())


app.command(name="objects", help=unattended.OBJECTS)(unattended.list_objects)
app.command(name="renew", help=unattended.RENEW)(unattended.renew)
app.command(name="list", help=unattended.LIST)(unattended.list_spaces)


def _change(
    cloud: str,
    name: str,
    changes: Callable[[SpaceSpecification], request.Changes],
    *,
    preview: bool,
    yes: bool,
) -> None:
    environment = prepare(cloud, pulumi=True)
    stack = table.space_stack(environment.name, name)

    def wanted() -> Wanted:
        before = table.loaded(stack)
        return before, table.changed(stack, changes(before))

    agreement.bring(environment, stack, wanted, preview=preview, yes=yes)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text!r} is no date", "--until", "write it as 2028-06-30") from None


def _size(text: str) -> tuple[str, int]:
    name, _, size = text.partition("=")
    if not (name and size.isdecimal()):
        raise UserError(f"{text!r} is no size of a volume", "--volume", "write NAME=GIB, as work=20")
    return name, int(size)
