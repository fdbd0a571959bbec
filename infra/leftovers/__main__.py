"""Finds what an interrupted or failed `up` left behind, and settles it. Each thing done is a line on stderr.

Exit code 0: nothing is left; 3: something is, and a person has to look; 1: state or cloud could not be
read or changed; 2: bad usage.
"""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

from infra.facts import FactError
from infra.leftovers import cloud as project
from infra.leftovers import identity
from infra.leftovers.decide import Decisions, alike, decide, unknown
from infra.leftovers.kinds import Found
from infra.leftovers.stack import PulumiError, Stack
from infra.leftovers.wanted import (
    State,
    half_made,
    known,
    pending,
    planned,
    ports,
    settled,
    since,
    standing,
    written,
)
from infra.specification import load
from infra.stackfile import environment_of, stack_name

INTERFACE = "openstack:networking/routerInterface:RouterInterface"
SETTLED, UNREADABLE, USAGE, FOUND = 0, 1, 2, 3
GRACE_SECONDS = 60.0
"""A request that was under way when pulumi was killed goes on in the cloud: how long it may take to show."""
POLL_SECONDS = 3.0


def judge(cloud: Any, manager: Any, stack: Stack, state: State) -> Decisions:
    """Look at the cloud and decide.

    The other stacks are asked for what they have only when something in the cloud is what this one wants and
    does not have: there may be hundreds of them, and asking each takes its time.
    """
    if not pending(state):
        near = unknown(_listed(cloud, manager, stack), known([state]))
        wanted = (*standing(state), *(planned(stack.preview()) if near else ()))
        if not any(alike(it, thing) for thing in near for it in wanted):
            return Decisions()
    return _among_others(cloud, manager, stack, state)


def _among_others(cloud: Any, manager: Any, stack: Stack, state: State) -> Decisions:
    """The same, knowing what other stacks have.

    Looks again while an interrupted creation may still be about to show. The program is asked what it wants
    only when something in the cloud is unexplained: that takes seconds.
    """
    ids, start, last = known([state, *stack.others()]), since(state, stack.history()), written(state)
    wanted = (*pending(state), *standing(state))
    while True:
        strangers = unknown(_listed(cloud, manager, stack), ids)
        found = decide(wanted, strangers, start)
        age = (datetime.now(UTC) - last).total_seconds() if last else GRACE_SECONDS
        waiting = found.unseen or any(thing.unsettled for thing in strangers)
        if not waiting or age >= GRACE_SECONDS:
            break
        time.sleep(POLL_SECONDS)
    if set(strangers) <= {leftover.found for leftover in (*found.delete, *found.adopt, *found.refuse)}:
        return found
    return decide((*wanted, *planned(stack.preview())), strangers, start)


def _listed(cloud: Any, manager: Any, stack: Stack) -> list[Found]:
    found = project.listed(cloud)
    return [*found, *identity.listed(manager, environment_of(stack.name))] if manager else found


def settle(cloud: Any, manager: Any, stack: Stack) -> int:
    """Do it; the exit code. `manager`: our domain's, or None where the provider delegates no projects."""
    state = stack.export()
    found = judge(cloud, manager, stack, state)
    for leftover in found.delete:
        tell(f"{leftover}; it is deleted, `up` makes it anew")
        if leftover.found.type.startswith(identity.PREFIX):
            identity.delete(manager, leftover.found)
        else:
            project.delete(cloud, leftover.found)
    for leftover in found.adopt:
        tell(f"{leftover}; the state takes it in")
        stack.adopt(leftover.wanted, leftover.found)
    for leftover in found.refuse:
        tell(f"{leftover}; look at it, then delete it or `pulumi import` it")
    for it in found.strange:
        tell(f"{it.urn}: {it.why}; look whether the cloud has it, then `pulumi refresh` interactively")
    if found.refuse or found.strange:
        return FOUND
    state = stack.export() if found.adopt else state
    if pending(state):
        stack.replace_state(settled(state))
        tell(f"{len(pending(state))} interrupted creations were settled")
    # An interface that is taken off a router takes its port along, also one that the state has.
    ids = (leftover.found.id for leftover in found.delete if leftover.found.type == INTERFACE)
    # A volume that cinder could not make is no use read again: infra.recover has it replaced.
    half = half_made(state)
    failed = project.failed_volumes(cloud) if half else frozenset()
    made = (urn for urn, number in half.items() if number not in failed)
    if urns := (*made, *ports(state, ids)):
        names = ", ".join(urn.rpartition("::")[2] for urn in urns)
        tell(f"made, but not as the state says, and therefore read again: {names}")
        stack.read_again(urns)
    return SETTLED


def tell(text: str) -> None:
    """One line for people."""
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Settle what is left of one stack."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.leftovers", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--stack", default=os.environ.get("SOCLE_STACK", "local-platform"))
    try:
        stack = Stack(stack_name(parser.parse_args(arguments).stack))
        entry = load(f"{environment_of(stack.name)}-platform").profile.project_manager
    except FactError as error:
        tell(str(error))
        return USAGE
    import openstack

    try:
        # Versions of openstacksdk differ in how much of themselves they annotate.
        connection: Any = openstack.connect()
        with connection as cloud:
            manager = openstack.connect(cloud=entry) if entry else None
            return settle(project.patient(cloud), manager, stack)
    except PulumiError as error:
        tell(str(error))
    except Exception as error:  # openstacksdk and keystoneauth raise many kinds, each with its own words
        tell(f"the cloud did not do what was asked: {' '.join(str(error).split())}")
    return UNREADABLE


if __name__ == "__main__":
    sys.exit(main())
