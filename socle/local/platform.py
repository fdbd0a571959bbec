"""The step that provisions: what earlier runs left, then `pulumi up` for each stack of the environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from socle.errors import FailureError
from socle.local.lock import release_dead_lock
from socle.local.mending import replacements, settle_leftovers
from socle.local.run import UNATTENDED, Context
from socle.local.stacks import ensure_stack, retire_stale_states

UP = ("pulumi", "up", *UNATTENDED)


def provision(context: Context, only: Sequence[str] | None = None) -> None:
    """Bring the environment's stacks to what the program says, or these ones of them, in their order."""
    release_dead_lock(context, only)
    retire_stale_states(context)
    wanted = [stack for stack in context.environment.stacks if not only or stack in only]
    for number, stack in enumerate(wanted, 1):
        context.say(f"stack {stack}, {number} of {len(wanted)}")
        provision_one(replace(context, environment=context.environment.of(stack)))


def provision_one(context: Context) -> None:
    """One stack.

    What an earlier run left unknown to its state is settled first, and servers that ended in ERROR are
    replaced; when that finds something to do after a failed `up`, there is one more `up`.
    """
    ensure_stack(context)
    settle_leftovers(context)
    try:
        _up(context, replacements(context))
    except FailureError:
        settled = settle_leftovers(context)
        again = replacements(context)
        if not (settled or again):
            raise
        _up(context, again)


def _up(context: Context, replace: list[str]) -> None:
    context.tool(*UP, *replace)
