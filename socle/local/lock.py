"""Locks of Pulumi's state that outlived their holder, before a run of ours."""

from __future__ import annotations

import time
from collections.abc import Sequence

from socle.errors import UserError
from socle.local.run import Context
from socle.state.locks import held
from socle.state.store import open_store
from socle.state.unlock import since

PATIENCE = 120.0
"""Seconds to wait for a pulumi that is still at work."""


def release_dead_lock(context: Context, only: Sequence[str] | None = None) -> None:
    """Remove the locks of the environment's stacks whose holder is gone: a killed run leaves one behind.

    `only`: these stacks, or all: somebody who works on another one is nobody to wait for.

    Waits for one that lives, since an engine whose caller was killed still ends its requests; raises
    UserError when it lives on, or is on another machine.
    """
    environment = context.environment
    store = open_store(environment.variables["PULUMI_BACKEND_URL"])
    for lock in held(store):
        # A database holds the stacks of other environments too.
        if not lock.stack.startswith(f"{environment.name}-"):
            continue
        if only and lock.stack not in only:
            continue
        until, told = time.monotonic() + PATIENCE, False
        while lock.alive and time.monotonic() < until:
            if not told:
                context.say(f"another pulumi works on {lock.stack} (process {lock.pid}); waiting for it")
                told = True
            time.sleep(0.5)
        if not lock.here or lock.alive:
            raise UserError(
                f"another pulumi works on the stack ({lock.holder}, since {since(lock)})",
                lock.stack,
                f"wait until it ends; when it was killed: socle state unlock {lock.stack}",
            )
        if store.remove(lock.key):
            context.say(f"the lock of a pulumi that was killed (process {lock.pid}) was removed")
