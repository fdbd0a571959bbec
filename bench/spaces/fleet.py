"""Brings platform and spaces that are to exist, several at once; goes on where an earlier run ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from bench.spaces.facts import ENVIRONMENT, PLATFORM
from bench.spaces.ground import Ground
from socle.errors import FailureError
from socle.local import child
from socle.local.lock import release_dead_lock
from socle.local.platform import UP
from socle.local.progress import Reporter, clock_text
from socle.local.run import Context
from socle.local.stacks import ensure_stack

SHOW_EVERY = 30.0


class Quiet:
    """What one of several runs at once tells: nothing; the fleet tells for all."""

    def start(self, number: int, of: int, title: str, upcoming: str) -> None:
        """Nothing."""

    def line(self, text: str) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def done(self, seconds: float, outcome: str) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Fleet:
    """`parallel`: how many `pulumi up` at once. `bring`: brings one stack about; a stand-in in tests."""

    ground: Ground
    parallel: int
    say: Callable[[str], None]
    bring: Callable[[Ground, str], None]

    def raise_to(self, stacks: Sequence[str]) -> None:
        """All of these, those that are finished left alone. FailureError with the first that fails.

        Interrupted or failed, it lets those under way end: each is then finished, or can be gone on with.
        """
        left = [stack for stack in stacks if not (self.ground.finished / stack).exists()]
        if not left:
            self.say(f"all {len(stacks)} spaces stand")
            return
        self.say(f"{len(stacks) - len(left)} of {len(stacks)} spaces stand; {len(left)} to be made")
        began, shown, made = time.monotonic(), time.monotonic(), 0
        pool = ThreadPoolExecutor(self.parallel)
        try:
            running = {pool.submit(self._one, stack) for stack in left}
            while running:
                ended, running = wait(running, timeout=1, return_when=FIRST_COMPLETED)
                for one in ended:
                    one.result()
                made += len(ended)
                now = time.monotonic()
                if made and (now - shown >= SHOW_EVERY or not running):
                    shown, each = now, (now - began) / made
                    rest = clock_text(each * (len(left) - made))
                    self.say(f"{made} of {len(left)} made, {each:.1f} s each, about {rest} to go")
        except BaseException:
            self.say("ending: those under way are let end; the same command goes on from there")
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _one(self, stack: str) -> None:
        self.bring(self.ground, stack)
        (self.ground.finished / stack).touch()


def bring(ground: Ground, stack: str) -> None:
    """`pulumi up` of one stack with all that belongs to it; one that was interrupted is settled first."""
    environment = ground.environment.of(stack)
    log = ground.environment.folder / "logs" / f"{stack}.log"
    log.parent.mkdir(exist_ok=True)
    begun = log.exists()
    log.write_text("", encoding="utf-8")
    context = Context(environment, Quiet(), log)
    if begun:
        release_dead_lock(context, [stack])
    ensure_stack(context)
    if begun:
        call(ground, stack, SETTLE, log)
    call(ground, stack, UP, log)


SETTLE = ("python", "-m", "infra.leftovers")


def call(
    ground: Ground,
    stack: str,
    argv: Sequence[str],
    log: Any,
    *,
    on_line: Callable[[str], None] = lambda _line: None,
    more: dict[str, str] | None = None,
) -> None:
    """One tool, in the bench's own checkout; FailureError with the line that says why. `more`: variables."""
    variables = {**ground.environment.of(stack).for_child(), **(more or {})}
    # It would win over the file of the bench's own.
    variables.pop("PULUMI_CONFIG_PASSPHRASE", None)
    ended = child.run(argv, variables, log, on_line, ground.project)
    if ended:
        what = f"{' '.join(argv[:3])} ended with {ended}: {child.telling_line(log)}"
        raise FailureError(what, stack, f"log: {log}")


def rest_servers(cloud: Any, say: Callable[[str], None]) -> None:
    """Switch the platform's own servers off: emulated guests would take the processors that are measured."""
    for server in cloud.compute.servers(details=True):
        if server.name.startswith(f"{ENVIRONMENT}-") and server.status == "ACTIVE":
            cloud.compute.stop_server(server)
            cloud.compute.wait_for_server(server, status="SHUTOFF", wait=300)
            say(f"{server.name} is switched off: it would only take processor time")


def platform(ground: Ground, cloud: Any, report: Reporter) -> None:
    """The platform that the spaces stand on."""
    if not (ground.finished / PLATFORM).exists():
        report.note(f"{PLATFORM}: network, routers, two servers; about a minute")
        bring(ground, PLATFORM)
        (ground.finished / PLATFORM).touch()
    rest_servers(cloud, report.note)
