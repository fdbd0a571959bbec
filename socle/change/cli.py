"""`socle change propose | show | approve | apply | list`."""

from __future__ import annotations

import shutil
from datetime import timedelta
from getpass import getuser
from pathlib import Path
from socket import gethostname
from typing import Annotated

import typer

from infra.facts import FactError
from infra.stackfile import environment_of, layer_of, read_stack, stack_name
from socle.change import bound, judge, plan, record, signing, work
from socle.change.show import print_list, show
from socle.env import Environment, carried, prepare
from socle.errors import FindingError, UserError
from socle.identity import write_private
from socle.options import CloudName, help_with

app = typer.Typer(
    no_args_is_help=True,
    help="A change with four eyes: proposed by one person, approved by another, done exactly so.",
)
Stack = Annotated[str, typer.Argument(metavar="STACK", help="The stack, as production-platform.")]
Named = Annotated[str, typer.Argument(metavar="CHANGE", help="Its name, or the path of its folder.")]
Login = Annotated[str, typer.Option("--as", metavar="LOGIN", help="Who signs: an administrator's login.")]
Key = Annotated[
    Path | None,
    typer.Option(help="Their key, its certificate beside it.", show_default="$SOCLE_SSH_DIR/LOGIN"),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
_SIGNED = "The certificate comes from `socle admin sign`. "
_CODES = "Exit codes: 0 done, 1 our own failure, 2 bad input, 3 refused, 4 something could not be read."


@app.command(
    help=help_with(
        "Plan a change of a stack and sign the proposal; changes nothing.",
        "socle change propose staging-platform --as anna --reason 'Open the collector to zone data'",
        "socle change propose production-platform --as anna --reason 'As on staging' --after …/staging-…",
        note=f"The checkout must be clean, and the cloud as the state says. {_SIGNED}{_CODES}",
    )
)
def propose(
    *,
    cloud: CloudName,
    stack: Stack,
    login: Login,
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    key: Key = None,
    hours: Annotated[
        int, typer.Option(help="How long it may wait.", min=1, max=judge.LONGEST // timedelta(hours=1))
    ] = 24,
    after: Annotated[
        str, typer.Option(metavar="CHANGE", help="The same tree was applied to another stack by this one.")
    ] = "",
) -> None:
    """Plan a change of a stack and sign the proposal."""
    environment = _environment(cloud, stack)
    follows = judge.followed(environment, after) if after else None
    before, _ = bound.read(environment, stack)
    if follows and follows[1] != before.tree:
        raise FindingError("it was applied from another tree than this one", after, "check out its commit")
    change = record.new(environment, stack)
    work.plan_anew(environment, stack, change.plan)
    found, state = bound.read(environment, stack)
    if (found.state, found.tree) != (before.state, before.tree):
        raise FindingError("something changed while it was planned", stack, "propose again")
    protected = plan.protected_in(state)
    table = plan.words(change.read_plan(), protected)
    if not table:
        shutil.rmtree(change.at)
        print(f"nothing is to be changed in {stack}")
        return
    at = record.now()
    proposal = record.Proposal(
        change=f"{stack}-{at:%Y%m%d-%H%M%S}",
        stack=stack,
        reason=reason,
        proposer=login,
        at=at,
        expires=at + timedelta(hours=hours),
        bound=found,
        plan=record.digest(change.plan),
        protected=protected,
        table=table,
        after=follows[0] if follows else None,
    )
    change.write(change.proposal, proposal)
    signing.sign(change.proposal, key or environment.ssh_dir / login, signing.PROPOSAL)
    judge.signed(environment, change)
    change = record.Change(change.at.rename(change.at.with_name(proposal.change)))
    show(change, proposal)
    print(f"next, by somebody else: socle change approve {proposal.change}; its folder is {change.at}")


@app.command(
    name="show",
    help=help_with(
        "What a change would do, and whether its folder is as it was signed.",
        "socle change show production-platform-20261125-101500",
        note=_CODES,
    ),
)
def show_change(cloud: CloudName, name: Named) -> None:
    """What a change would do; refused when a signature does not hold."""
    environment, change = _change(cloud, name)
    proposal = judge.signed(environment, change)
    show(change, proposal)
    if change.approval.exists() and not change.marked("applied"):
        judge.approved(environment, change, proposal)


@app.command(
    help=help_with(
        "Approve what somebody else proposed, by a signature.",
        "socle change approve production-platform-20261125-101500 --as bert",
        note=f"{_SIGNED}The approval holds as long as the certificate does. {_CODES}",
    )
)
def approve(cloud: CloudName, name: Named, login: Login, key: Key = None, yes: Yes = False) -> None:
    """Approve what somebody else proposed."""
    environment, change = _change(cloud, name)
    with record.held(change) as held:
        proposal = judge.signed(environment, held)
        judge.somebody_else(proposal, login)
        signing.may_approve(environment, login, proposal.stack)
        judge.alive(held, proposal)
        show(held, proposal)
        if not yes:
            typer.confirm("Approve it?", abort=True)
        approval = record.Approval(
            change=proposal.change, proposal=record.digest(held.proposal), approver=login, at=record.now()
        )
        held.write(held.approval, approval)
        signing.sign(held.approval, key or environment.ssh_dir / login, signing.APPROVAL)
        judge.approved(environment, held, proposal)
        for part in (record.signature(held.approval), held.approval):
            write_private(change.at / part.name, part.read_bytes())
    print(f"approved; next: socle change apply {proposal.change}")


@app.command(
    help=help_with(
        "Do what was approved, and only if nothing has changed since it was proposed.",
        "socle change apply production-platform-20261125-101500",
        note=f"Killed or failed on the way, what remains is proposed anew. {_CODES}",
    )
)
def apply(cloud: CloudName, name: Named, yes: Yes = False) -> None:
    """Do what was approved."""
    environment, found = _change(cloud, name)
    with record.held(found) as change:
        proposal = judge.signed(environment, change)
        approval = judge.approved(environment, change, proposal)
        judge.alive(change, proposal)
        judge.unchanged(change, proposal, *bound.read(environment, proposal.stack))
        if not yes:
            show(change, proposal)
            typer.confirm("Do it?", abort=True)
        work.apply(environment, change, proposal, f"{getuser()}@{gethostname()}")
    print(f"done as {proposal.proposer} proposed and {approval.approver} approved")


@app.command(
    "list", help=help_with("Every change of the environment, and where it stands.", "socle change list")
)
def list_changes(cloud: CloudName) -> None:
    """Every change of the environment."""
    print_list(prepare(cloud))


def _environment(cloud: str, stack: str) -> Environment:
    try:
        name = environment_of(stack_name(stack))
        layer_of(read_stack(stack))
    except FactError as error:
        raise UserError(str(error)) from None
    environment = prepare(cloud, pulumi=True, name=name).of(stack)
    if (there := carried(environment.folder)) not in ("", name):
        raise UserError(f"cloud {cloud} carries the environment {there}", stack, "name another --cloud")
    return environment


def _change(cloud: str, name: str) -> tuple[Environment, record.Change]:
    change = record.named(prepare(cloud), name)
    return _environment(cloud, change.read().stack), change
