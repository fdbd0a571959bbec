"""One more space is opened, previewed and destroyed; all are previewed at once; states are weighed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.spaces.facts import PLATFORM, stack_of, write_table
from bench.spaces.figures import Part, Sample
from bench.spaces.fleet import SETTLE, Quiet, call
from bench.spaces.ground import Ground
from bench.spaces.memory import peak
from infra.stackfile import PROJECT
from socle.errors import FailureError
from socle.local.lock import release_dead_lock
from socle.local.platform import UP
from socle.local.progress import Reporter
from socle.local.run import UNATTENDED, Context
from socle.local.stacks import ensure_stack

MIB = 1024 * 1024
PREVIEW = (
    "pulumi",
    "preview",
    "--expect-no-changes",
    "--non-interactive",
    "--color",
    "never",
    "--suppress-progress",
)
COMMANDS = {
    Part.SETTLE: SETTLE,
    Part.UP: UP,
    Part.PREVIEW: PREVIEW,
    Part.TABLES: ("python", "-m", "infra.hosts", "--stack", PLATFORM),
    Part.DESTROY: ("pulumi", "destroy", *UNATTENDED),
}


@dataclass(frozen=True)
class Rounds:
    """`asked`: how many requests the cloud was sent so far; `clouds`: the clouds.yaml behind the counter."""

    ground: Ground
    clouds: Path
    asked: Callable[[], int]
    report: Reporter

    def run(self, number: int, rounds: int, exist: int) -> list[Sample]:
        """So many rounds with the space of this number; it is gone again after each. FailureError."""
        stack, samples = stack_of(number), list[Sample]()
        if (self.ground.finished / stack).exists():
            raise FailureError(f"{stack} stands already", "bench/spaces", "say --clean, then begin anew")
        for done in range(1, rounds + 1):
            title = f"{exist} spaces exist; round {done} of {rounds}: one more is opened and destroyed"
            self.report.start(done, rounds, title, "")
            began, outcome = time.monotonic(), "failed"
            try:
                samples += self._round(stack, number)
                outcome = "done"
            finally:
                self.report.done(time.monotonic() - began, outcome)
        return samples

    def _round(self, stack: str, number: int) -> list[Sample]:
        table = write_table(self.ground.project, number, date.today())
        try:
            # What a round left that was killed is settled before, and not measured.
            self._remove(stack)
            samples = [self._part(stack, part) for part in Part]
            self._remove(stack)
        finally:
            table.unlink()
        for one in samples:
            self.report.note(
                f"{one.part.value}: {one.seconds:.2f} s, {one.requests} requests, {one.memory:.0f} MiB"
            )
        return samples

    def _part(self, stack: str, part: Part) -> Sample:
        before, began = self.asked(), time.perf_counter()
        with peak() as memory:
            if part is Part.STACK:
                ensure_stack(Context(self.ground.environment.of(stack), Quiet(), self._log("stack")))
            else:
                self._call(stack, part)
        seconds = time.perf_counter() - began
        return Sample(part, seconds, self.asked() - before, memory.size / MIB)

    def _call(self, stack: str, part: Part) -> None:
        behind = {"OS_CLIENT_CONFIG_FILE": str(self.clouds)}
        log = self._log(part.name.lower())
        call(self.ground, stack, COMMANDS[part], log, on_line=self.report.line, more=behind)

    def _remove(self, stack: str) -> None:
        """The stack and all it has; nothing to do when there is none."""
        if not state_file(self.ground, stack).exists():
            return
        log = self._log("remove")
        release_dead_lock(Context(self.ground.environment.of(stack), Quiet(), log), [stack])
        call(self.ground, stack, SETTLE, log)
        call(self.ground, stack, COMMANDS[Part.DESTROY], log)
        call(self.ground, stack, ("pulumi", "stack", "rm", stack, "--yes", "--non-interactive"), log)

    def preview_all(self, stacks: Sequence[str], parallel: int) -> Sample:
        """All of them, at most `parallel` at once; FailureError when one would change something."""
        self.report.start(1, 1, f"{len(stacks)} spaces are previewed, {parallel} at once", "")
        behind, folder = {"OS_CLIENT_CONFIG_FILE": str(self.clouds)}, self.ground.environment.folder / "logs"
        folder.mkdir(exist_ok=True)

        def one(stack: str) -> None:
            call(self.ground, stack, PREVIEW, folder / f"{stack}.preview.log", more=behind)

        before, began, outcome = self.asked(), time.perf_counter(), "failed"
        pool = ThreadPoolExecutor(parallel)
        try:
            with peak() as memory:
                for count, _ in enumerate(pool.map(one, stacks), 1):
                    self.report.line(f"{count} of {len(stacks)} previewed")
            outcome = "done"
        finally:
            pool.shutdown(cancel_futures=True)
            self.report.done(time.perf_counter() - began, outcome)
        seconds = time.perf_counter() - began
        return Sample(Part.PREVIEW, seconds, self.asked() - before, memory.size / MIB)

    def _log(self, what: str) -> Path:
        log = self.ground.logs / f"bench-spaces-{what}.log"
        log.write_text("", encoding="utf-8")
        return log


def state_file(ground: Ground, stack: str) -> Path:
    """Where the file backend keeps a stack's state."""
    return ground.environment.folder / "backend" / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"


def state_sizes(ground: Ground, stacks: Sequence[str]) -> list[float]:
    """KiB of each stack's state."""
    return [state_file(ground, stack).stat().st_size / 1024 for stack in stacks]
