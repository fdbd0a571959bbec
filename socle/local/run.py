"""Runs steps in order: lock, progress, logs, timings, and one clear line when one fails. Knows no step."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from socle.env import Environment
from socle.errors import FailureError, SocleError
from socle.identity import make_folder
from socle.local import child
from socle.local.progress import Reporter
from socle.local.turns import only_one, turn
from socle.paths import ROOT
from socle.records import project_version


@dataclass
class Context:
    """What a step works with."""

    environment: Environment
    report: Reporter
    log: Path
    notes: dict[str, str] = field(default_factory=dict)

    def tool(
        self, *argv: str, accept: Sequence[int] = (0,), cwd: Path = ROOT, without: Sequence[str] = ()
    ) -> int:
        """Run a tool in `cwd`, with the environment's variables but those in `without`.

        Raises FailureError with the line that says why unless its exit code is accepted.
        """
        variables = {k: v for k, v in self.environment.for_child().items() if k not in without}
        ended = child.run(argv, variables, self.log, self.report.line, cwd)
        if ended not in accept:
            name = " ".join(argv[:3]) if argv[0] == sys.executable else argv[0]
            raise FailureError(f"{Path(name).name} ended with {ended}: {child.telling_line(self.log)}")
        return ended

    def say(self, text: str) -> None:
        """Tell the person, and the log."""
        self.report.note(text)
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(text + "\n")


UNATTENDED = ("--yes", "--skip-preview", "--non-interactive", "--color", "never", "--suppress-progress")
"""How pulumi changes a stack where nobody is asked and its output goes to a log."""


@dataclass(frozen=True)
class Step:
    """One part of a run: what people read, and what does it."""

    name: str
    title: str
    work: Callable[[Context], None]


def run_steps(
    steps: Sequence[Step], environment: Environment, report: Reporter, again: str, *, space: str = ""
) -> dict[str, float]:
    """Run the steps; returns seconds by step name. `again` is the command that resumes.

    `space`: the stack of the one space that they work on. Runs on other spaces then go on beside this one,
    and it waits for a run on the same space or on the whole environment; a run without it stands alone.
    Raises the step's SocleError with its name, its log and how to resume added.
    """
    logs = make_folder(environment.folder / "log")
    logs = make_folder(logs / space) if space else logs
    seconds: dict[str, float] = {}
    with signals_as_interrupt(), _turn(environment, report, space):
        for number, step in enumerate(steps, start=1):
            log = logs / f"{step.name}.log"
            log.write_text("", encoding="utf-8")
            upcoming = steps[number].title if number < len(steps) else ""
            report.start(number, len(steps), step.title, upcoming)
            began, outcome = time.monotonic(), "failed"
            try:
                step.work(Context(environment, report, log))
                outcome = "done"
            except KeyboardInterrupt:
                outcome = "interrupted"
                raise
            except SocleError as error:
                error.where = f"step {number}/{len(steps)}, {step.name}" + (
                    f", {error.where}" if error.where else ""
                )
                error.fix = "; ".join(
                    part for part in (error.fix, f"log: {log}", f"resume with `{again}`") if part
                )
                raise
            finally:
                seconds[step.name] = round(time.monotonic() - began, 1)
                report.done(seconds[step.name], outcome)
                _note_timing(environment, step.name, seconds[step.name], outcome)
    return seconds


@contextmanager
def _turn(environment: Environment, report: Reporter, space: str) -> Iterator[None]:
    lock = environment.folder / "run.lock"
    if not space:
        with only_one(lock):
            yield
        return
    locks = make_folder(environment.folder / "locks")
    with (
        turn(lock, "the environment", report.note, shared=True),
        turn(locks / f"{space}.lock", f"stack {space}", report.note),
    ):
        yield


def _note_timing(environment: Environment, step: str, seconds: float, outcome: str) -> None:
    entry = {
        "when": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "cloud": environment.cloud,
        "step": step,
        "seconds": seconds,
        "outcome": outcome,
        "run": os.getpid(),
        "version": project_version(),
    }
    with (environment.folder / "timings.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry) + "\n")


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """`kill` and a closed terminal end a run as Ctrl-C does: children first."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
