"""Runs pulumi for a change: is the cloud as the state says, what would happen, do it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from socle.change import bound, judge, plan
from socle.change.record import Change, Proposal, now
from socle.env import Environment
from socle.errors import FailureError, FindingError, UnprovenError
from socle.local import child
from socle.local.progress import reporter
from socle.local.run import UNATTENDED, Context, Step, run_steps

DRIFT = 7
"""What `pulumi refresh --expect-no-changes` ends with when there is a change."""
_QUIET = ("--non-interactive", "--color", "never", "--suppress-progress")
_DIFFERS = re.compile(r"^[-~+]+ +(\S+:\S+) (\S+) (?:update|delete)\b")


def compare(context: Context, stack: str) -> None:
    """FindingError when the cloud is not as the state says, UnprovenError when it cannot be read."""
    argv = ("pulumi", "refresh", "--preview-only", "--expect-no-changes", *_QUIET, "--stack", stack)
    try:
        ended = context.tool(*argv, accept=(0, DRIFT))
    except FailureError as error:
        raise UnprovenError(f"the cloud could not be compared with the state: {error.what}", stack) from None
    if ended == DRIFT:
        said = (_DIFFERS.match(line) for line in child.tail(context.log))
        names = ", ".join(dict.fromkeys(f"{it[1].rsplit(':', 1)[-1]} {it[2]}" for it in said if it))
        raise FindingError(
            f"the cloud is not as the state says{': ' + names if names else ''}",
            stack,
            "find out who changed it, then put it back or say it in the program",
        )


def preview(context: Context, stack: str, file: Path) -> None:
    """Save what would happen as a plan, which only its owner may read."""
    file.unlink(missing_ok=True)
    context.tool("pulumi", "preview", "--save-plan", str(file), *_QUIET, "--stack", stack)
    file.chmod(0o600)


def plan_anew(environment: Environment, stack: str, file: Path) -> None:
    """The two steps of a proposal."""
    steps = (
        Step("change-cloud", "Compare the cloud with the state", lambda context: compare(context, stack)),
        Step("change-plan", "Plan the change", lambda context: preview(context, stack, file)),
    )
    run_steps(steps, environment, reporter(), "the same command")


def apply(environment: Environment, change: Change, proposal: Proposal, by: str) -> None:
    """Compare, rehearse, and do what was approved."""
    stack = proposal.stack
    steps = (
        Step("change-cloud", "Compare the cloud with the state", lambda context: compare(context, stack)),
        Step("change-rehearsal", "Plan it again", lambda context: _rehearse(context, change, proposal)),
        Step("change-up", "Do what was approved", lambda context: _up(context, change, proposal, by)),
    )
    run_steps(steps, environment, reporter(), f"socle change apply {change.name}")


def _rehearse(context: Context, change: Change, proposal: Proposal) -> None:
    """Pulumi finds out that a plan does not fit while it works, when a part is done: this does so before."""
    again = Change(change.at / "rehearsal")
    again.at.mkdir(mode=0o700, exist_ok=True)
    try:
        preview(context, proposal.stack, again.plan)
        if plan.shape(again.read_plan()) != plan.shape(change.read_plan()):
            raise FindingError(
                "planned now, something else would happen than what was approved: it depends on more than "
                "program, configuration and state (an image, a date)",
                proposal.change,
                judge.ANEW,
            )
    finally:
        shutil.rmtree(again.at)


def _up(context: Context, change: Change, proposal: Proposal, by: str) -> None:
    environment, stack = context.environment, proposal.stack
    judge.unchanged(change, proposal, *bound.read(environment, stack))
    change.mark("begun", by=by)
    try:
        context.tool("pulumi", "up", "--plan", str(change.plan), *UNATTENDED, "--stack", stack)
    except FailureError as error:
        raise FailureError(error.what, stack, judge.way_out(stack)) from None
    counted = bound.serial(environment, stack)
    change.mark("applied", by=by, serial=counted)
    context.say(f"{change.name} was applied at {now():%Y-%m-%d %H:%M} UTC")
    if counted != proposal.bound.serial + 1:
        others = counted - proposal.bound.serial - 1
        raise FindingError(
            f"applied, and {others} updates of somebody else in the same moment",
            stack,
            "pulumi stack history",
        )
