"""One reading by one side through the counting proxy: its time, its requests, its memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.drift.facts import STACK
from bench.drift.figures import OURS, PEERS, Sample
from bench.drift.ground import PARALLEL, Ground, tofu_variables
from bench.spaces.memory import peak
from socle.drift.engine import DIFFERS
from socle.errors import FailureError
from socle.local import child
from tests.faults.rules import Fault, Faults, Rule

MIB = 1024 * 1024
PLAN_DIFFERS = 2
"""What `tofu plan -detailed-exitcode` ends with when it would change something."""


@dataclass(frozen=True)
class Side:
    """How one side is called. `ends`: the exit codes after which it has read everything."""

    name: str
    argv: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path
    ends: tuple[int, ...] = (0,)


def sides(ground: Ground, ours: Path, tofu: Path, clouds: Path) -> dict[str, Side]:
    """All three, asking the cloud by the clouds.yaml that leads through the proxy."""
    behind = ground.variables(OS_CLIENT_CONFIG_FILE=str(clouds))
    quiet = ("--non-interactive", "--color", "never", "--suppress-progress")
    refresh = ("pulumi", "refresh", "--preview-only", "--expect-no-changes", "--stack", STACK, *quiet)
    plan = (str(tofu), "plan", "-input=false", "-no-color", "-lock=false", "-detailed-exitcode")
    return {
        OURS: Side(OURS, (sys.executable, "-m", "bench.drift.ours", str(ours)), behind, ground.project),
        "pulumi": Side(
            "pulumi", (*refresh, "--parallel", str(PARALLEL)), behind, ground.project, (0, DIFFERS)
        ),
        "tofu": Side(
            "tofu",
            (*plan, f"-parallelism={PARALLEL}"),
            tofu_variables(ground, clouds),
            ground.tofu,
            (0, PLAN_DIFFERS),
        ),
    }


def delayed(milliseconds: int) -> Faults:
    """What the proxy does: counts every request, and holds each answer back for so long."""
    seconds = milliseconds / 1000
    rules = (Rule(Fault.SLOW, 1.0),) if milliseconds else ()
    return Faults(rules, seed=0, slow_seconds=(seconds, seconds))


def read(side: Side, proxy: Faults, resources: int, delay: int, log: Path) -> Sample:
    """Once. FailureError when the side did not read everything, or asked the proxy for nothing."""
    log.write_text("", encoding="utf-8")
    before, began = proxy.asked, time.perf_counter()
    with peak() as memory:
        ended = child.run(side.argv, side.variables, log, lambda _line: None, side.folder)
    seconds, requests = time.perf_counter() - began, proxy.asked - before
    if ended not in side.ends:
        raise FailureError(f"{side.name} ended with {ended}: {child.telling_line(log)}", fix=f"log: {log}")
    if not requests:
        raise FailureError(f"{side.name} asked nothing through the proxy", fix=f"log: {log}")
    return Sample(side.name, resources, delay, seconds, requests, memory.size / MIB)


def order(round_number: int) -> Sequence[str]:
    """Who reads first changes with every round."""
    names = (OURS, *PEERS)
    first = round_number % len(names)
    return (*names[first:], *names[:first])
