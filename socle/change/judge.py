"""Whether a change still is what was proposed and approved, and all that it is bound to as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from socle.change import bound, plan, signing
from socle.change.record import After, Approval, Bound, Change, Proposal, digest, named, now
from socle.env import Environment
from socle.errors import FindingError

LONGEST = timedelta(hours=72)
"""From proposal to expiry."""
ANEW = "propose again: socle change propose"


def signed(environment: Environment, change: Change) -> Proposal:
    """The proposal, as its proposer signed it, whose table says what its plan lets happen."""
    proposal = change.read()
    who, at = proposal.proposer, proposal.at
    signing.verify(environment, change.proposal, who, purpose=signing.PROPOSAL, at=at)
    if digest(change.plan) != proposal.plan:
        raise FindingError("the plan is not the one that was proposed", proposal.change, ANEW)
    if plan.words(change.read_plan(), proposal.protected) != proposal.table:
        raise FindingError("the table does not say what the plan lets happen", proposal.change, ANEW)
    return proposal


def approved(environment: Environment, change: Change, proposal: Proposal) -> Approval:
    """The approval of this very proposal by somebody else, whose certificate holds now."""
    approval = change.read_approval()
    if approval.proposal != digest(change.proposal):
        raise FindingError("the approval is for another proposal", proposal.change, "have it approved anew")
    somebody_else(proposal, approval.approver)
    signing.may_approve(environment, approval.approver, proposal.stack)
    signing.verify(environment, change.approval, approval.approver, purpose=signing.APPROVAL)
    return approval


def somebody_else(proposal: Proposal, approver: str) -> None:
    """FindingError when who approves is who proposed."""
    if approver == proposal.proposer:
        raise FindingError(
            f"{approver} proposed it and cannot approve it", proposal.change, "ask somebody else"
        )


def alive(change: Change, proposal: Proposal) -> None:
    """FindingError when it is too late, or the plan was used."""
    if done := change.marked("applied"):
        raise FindingError(f"a plan is used once, this one was at {done['at']}", proposal.change, ANEW)
    if proposal.expires - proposal.at > LONGEST or proposal.at > now() + timedelta(minutes=5):
        raise FindingError("its times are none that socle gives", proposal.change, ANEW)
    if now() >= proposal.expires:
        raise FindingError(f"expired at {proposal.expires:%Y-%m-%d %H:%M} UTC", proposal.change, ANEW)


def unchanged(change: Change, proposal: Proposal, found: Bound, state: Mapping[str, Any]) -> None:
    """FindingError when anything that the approval is bound to is no longer as it was."""
    if differing := list(bound.differences(proposal.bound, found)):
        if found.state != proposal.bound.state and (begun := change.marked("begun")):
            raise FindingError(
                f"its apply was begun at {begun['at']} and did not end; what remains is a change of its own",
                proposal.change,
                way_out(proposal.stack),
            )
        raise FindingError(f"changed since it was proposed: {'; '.join(differing)}", proposal.change, ANEW)
    if plan.protected_in(state) != proposal.protected:
        raise FindingError("the table was made for another state", proposal.change, ANEW)


def followed(environment: Environment, name: str) -> tuple[After, str]:
    """What is said of a change that is followed, and its tree; FindingError when it was not applied."""
    change = named(environment, name)
    proposal, done = change.read(), change.marked("applied")
    if not done:
        raise FindingError("it was not applied", name, f"socle change apply {name}")
    after = After(
        change=proposal.change, stack=proposal.stack, digest=digest(change.proposal), applied=done["at"]
    )
    return after, proposal.bound.tree


def way_out(stack: str) -> str:
    """What to do after an apply that was killed or failed."""
    steps = (
        f"socle state unlock {stack}",
        f"python -m infra.leftovers --stack {stack}",
        f"socle change propose {stack}",
    )
    return ", then ".join(steps)
