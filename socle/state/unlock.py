"""Recovers a stack whose holder was killed: takes away that holder's lock, and no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from socle.errors import UserError
from socle.state.locks import Lock, held
from socle.state.store import Store


def unlock(store: Store, stack: str, vouched: str = "", say: Callable[[str], None] = print) -> list[Lock]:
    """Remove the locks of `stack` whose holder is gone; `vouched` names one that a person looked at.

    `pulumi cancel` removes all of them, those of living holders too. Returns what was removed. Raises
    UserError when one stays: its holder lives, or is on another machine and was not vouched for.
    """
    found = held(store, stack)
    if not found:
        say(f"{stack} is not locked")
        return []
    if vouched and vouched not in {lock.holder for lock in found}:
        holders = ", ".join(lock.holder for lock in found)
        raise UserError(f"{vouched} holds no lock of {stack}", "--holder", f"holders are {holders}")
    removed, staying = [], []
    for lock in found:
        if lock.holder == vouched or (lock.here and not lock.alive):
            store.remove(lock.key)
            removed.append(lock)
            say(f"removed the lock of {lock.holder}, held since {since(lock)}")
        else:
            staying.append(lock)
    if staying:
        raise UserError(*_why(staying[0], stack))
    return removed


def since(lock: Lock) -> str:
    """When the lock was made, for people."""
    return f"{lock.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if lock.since else "an unknown time"


def _why(lock: Lock, stack: str) -> tuple[str, str, str]:
    again = f"run again with --holder {lock.holder}"
    if lock.alive:
        what = f"its holder {lock.holder} is at work since {since(lock)}"
        return what, stack, f"wait for it, or end it; to take its lock from it all the same, {again}"
    what = f"its holder {lock.holder} is on another machine, held since {since(lock)}"
    return what, stack, f"look there; when process {lock.pid} is gone, {again}"
