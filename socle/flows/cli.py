"""`socle flows` draws the matrix; `socle flows can` answers whether X reaches Y, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, cast

import typer

from infra.config import Protocol, port_range
from infra.plan.reach import can_reach
from socle.errors import ExitCode, UserError
from socle.flows import show
from socle.flows.environment import read
from socle.flows.matrix import matrix
from socle.options import help_with

Stack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        envvar="SOCLE_STACK",
        help="A stack of the environment meant; local-platform when nothing is said.",
    ),
]
DEFAULT_STACK = "local-platform"


class Expected(StrEnum):
    """What `--expect` may say."""

    OPEN = "open"
    CLOSED = "closed"


app = typer.Typer(
    invoke_without_command=True,
    help=help_with(
        "What may talk to what: the flow table as a matrix. Asks no cloud.",
        "socle flows",
        "socle flows --stack full-platform --format markdown",
        "socle flows can local-bastion local-services 22",
    ),
)


@app.callback()
def draw(
    context: typer.Context,
    form: Annotated[show.Format, typer.Option("--format", help="How to write it.")] = show.Format.TABLE,
    stack: Stack = None,
) -> None:
    """Draw the matrix, unless a question follows."""
    context.obj = stack
    if context.invoked_subcommand is not None:
        return
    environment = read(stack or DEFAULT_STACK)
    if form is show.Format.JSON:
        print(show.as_json(environment), end="")
    elif form is show.Format.MARKDOWN:
        print(show.markdown(matrix(environment)), end="")
    else:
        show.print_table(matrix(environment))


@app.command(
    help=help_with(
        "Whether SOURCE can open a connection to TARGET on PORT, why, and hop by hop how.",
        "socle flows can local-bastion local-services 22",
        "socle flows can alpha-desk services 53/udp",
        "socle flows can space/alpha space/beta 22 --stack full-platform --expect closed",
        "socle flows can zone/data outside/package-proxy 3142",
        note="A party is a host, zone/<zone>, space/<space>, outside/<name>, or an IPv4 address or prefix. "
        "Exit codes: 0 answered, 3 not as --expect says, 2 no such party or port.",
    )
)
def can(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Who opens the connection.")],
    target: Annotated[str, typer.Argument(help="Who accepts it.")],
    port: Annotated[str, typer.Argument(help="A port, tcp unless it says otherwise: 22, 53/udp.")],
    *,
    expect: Annotated[Expected | None, typer.Option(help="Exit with 3 when it is not so.")] = None,
    stack: Stack = None,
) -> None:
    """Answer one question."""
    protocol, number = service(port)
    environment = read(stack or context.obj or DEFAULT_STACK)
    for name in (source, target):
        environment.party(name)
    answer = can_reach(environment.land, source, target, protocol, number)
    show.print_answer(answer, environment.flows.flows)
    found = Expected.OPEN if answer.reachable else Expected.CLOSED
    raise typer.Exit(ExitCode.HOLDS if expect in (None, found) else ExitCode.FINDINGS)


def service(text: str) -> tuple[Protocol, int]:
    """`22` or `53/udp` as (protocol, port); UserError when it is neither."""
    number, _, protocol = text.partition("/")
    try:
        first, last = port_range(number)
    except ValueError as error:
        raise UserError(str(error).partition(";")[0], "PORT", "write one port, 22 or 53/udp") from None
    if first != last or protocol not in ("", "tcp", "udp"):
        raise UserError(f"{text!r} is not one port of tcp or udp", "PORT", "write 22 or 53/udp")
    return cast(Protocol, protocol or "tcp"), first
