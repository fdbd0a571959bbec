"""Who works on the stacks while a scan reads them: what was read meanwhile proves nothing.

A scan takes no lock, since reading must hold up no operation, and what it asks of Pulumi takes none either.
So it looks before and after: at Pulumi's locks, at our verbs' own, and at whether a state was written or a
verb's lock taken in between, which also shows who came and went meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.stackfile import PROJECT, space_of
from socle.env import Environment
from socle.errors import FailureError, UserError
from socle.local.turns import holder
from socle.state.backend import versions
from socle.state.locks import held
from socle.state.store import Store, open_store
from socle.state.unlock import since

EVERYTHING, HOSTS = "", "hosts"
"""What a lock may be of, beside a stack: the whole environment, or the platform's hosts."""
POLL = 2.0
"""Seconds between two looks at who is waited for."""


@dataclass(frozen=True)
class Moment:
    """What was to be seen at once: who holds what, and marks that change with each write or run."""

    holds: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Busy:
    """Why what was read between two moments proves nothing, by what was worked on."""

    why: Mapping[str, str]

    def of(self, stack: str) -> str:
        """Of what was read of one stack; empty when nobody was at it."""
        return self.why.get(EVERYTHING) or self.why.get(stack, "")

    def anywhere(self) -> str:
        """Of what any stack could have made; empty when nobody was at any."""
        return next((why for scope, why in self.why.items() if scope != HOSTS), "")

    def of_host(self, host: str) -> str:
        """Of what was read on a host: its space's, else the platform's."""
        for stack, why in self.why.items():
            environment = stack.partition("-")[0]
            if space_of(stack) and host.startswith(f"{environment}-{space_of(stack)}-"):
                return why
        others = (
            why for scope, why in self.why.items() if scope in (EVERYTHING, HOSTS) or not space_of(scope)
        )
        return next(others, "")


class Watch:
    """Looks at one environment's stacks. `wait`: seconds, in all, to wait until nobody works on them."""

    def __init__(
        self,
        environment: Environment,
        wait: float = 0.0,
        say: Callable[[str], None] = print,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Tells `say` for whom it waits."""
        self.environment, self.seen, self.blind = environment, dict[str, str](), ""
        self._left, self._say, self._sleep = wait, say, sleep
        self._told = set[str]()

    def start(self) -> Moment:
        """The moment before something is read; later, when somebody is at work and there is time to wait."""
        moment = self._moment()
        while moment.holds and self._left > 0:
            for scope, who in moment.holds.items():
                if who not in self._told:
                    self._say(f"{scope or self.environment.name}: {who}; waiting")
                    self._told.add(who)
            pause = min(POLL, self._left)
            self._sleep(pause)
            self._left -= pause
            moment = self._moment()
        return moment

    def end(self, before: Moment) -> Busy:
        """Who was at work between that moment and now."""
        after = self._moment()
        why = {**after.holds, **before.holds}
        for (what, scope), mark in {**before.marks, **after.marks}.items():
            if before.marks.get((what, scope)) != mark or (what, scope) not in after.marks:
                why.setdefault(scope, f"{what} while it was read")
        self.seen |= why
        return Busy(why)

    def _moment(self) -> Moment:
        holds, marks = self._verbs()
        try:
            store = open_store(self.environment.variables["PULUMI_BACKEND_URL"])
            self._pulumi(store, holds, marks)
        except (UserError, FailureError) as error:
            self.blind = str(error)
        return Moment(holds, marks)

    def _pulumi(self, store: Store, holds: dict[str, str], marks: dict[tuple[str, str], str]) -> None:
        """Locks of those who may live; what a dead one was about its state tells, as pending operations."""
        for lock in held(store):
            if self._ours(lock.stack) and (lock.alive or not lock.here):
                holds.setdefault(lock.stack, f"{lock.holder} holds its lock since {since(lock)}")
        for stack, version in versions(store).items():
            if stack.project == PROJECT and self._ours(stack.name):
                marks["its state was written", stack.name] = version

    def _verbs(self) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
        holds, marks = {}, {}
        folder = self.environment.folder
        locks = {path.stem: path for path in sorted((folder / "locks").glob("*.lock"))}
        for scope, path in {EVERYTHING: folder / "run.lock", **locks}.items():
            if found := holder(path):
                who, when = found
                holds[scope] = f"{who} on this machine works on it since {when:%Y-%m-%d %H:%M:%S} UTC"
            if path.exists():
                marks["one of our verbs worked on it", scope] = str(path.stat().st_mtime_ns)
        return holds, marks

    def _ours(self, stack: str) -> bool:
        """A database holds the stacks of other environments too."""
        return stack.startswith(f"{self.environment.name}-")
