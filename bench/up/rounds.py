"""The rounds: each tool makes everything, runs again twice and destroys it; the other one does the same.

What both made is compared each time: there is no ratio of unlike things.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.up.figures import Part, Sample, order
from bench.up.inventory import Thing, counts, difference
from bench.up.tools import Tool
from socle.errors import FailureError
from socle.local.progress import Reporter

TICK_SECONDS = 1.0
SHOWN = 5


@dataclass
class Rounds:
    """`look`: what the environment has in the cloud now. `settle`: seconds that guests get to boot."""

    tools: Mapping[str, Tool]
    look: Callable[[], list[Thing]]
    report: Reporter
    settle: float
    samples: list[Sample] = field(default_factory=list)
    made: dict[str, list[Thing]] = field(default_factory=dict)
    """By tool, from its last run."""
    states: dict[str, Counter[str]] = field(default_factory=dict)

    def run(self, rounds: int) -> None:
        """All of them. FailureError when a tool fails, or when the two did not make or remove the same."""
        turns = [
            (number, tool, part)
            for number in range(1, rounds + 1)
            for tool in order(number, list(self.tools))
            for part in Part
        ]
        titles = [f"round {number} of {rounds}, {tool}: {part.value}" for number, tool, part in turns]
        for index, (_, tool, part) in enumerate(turns):
            upcoming = titles[index + 1] if index + 1 < len(turns) else "the figures"
            self.report.start(index + 1, len(turns), titles[index], upcoming)
            began, outcome = time.monotonic(), "failed"
            try:
                self._turn(self.tools[tool], part)
                outcome = "done"
            finally:
                self.report.done(time.monotonic() - began, outcome)

    def _turn(self, tool: Tool, part: Part) -> None:
        sample = tool.run(part, self.report.line)
        self.samples.append(sample)
        self.report.note(f"{tool.name}: {sample.seconds:.2f} s, processor {sample.cpu_seconds:.2f} s")
        if part is Part.UP:
            self.made[tool.name], self.states[tool.name] = self.look(), tool.state()
            self._compare()
            self._settle()
        elif part is Part.DESTROY and (left := self.look()):
            raise FailureError(f"{tool.name} destroyed all and left {_some(list(map(str, left)))}", "cloud")

    def _compare(self) -> None:
        if len(self.made) < len(self.tools):
            return
        (one, ours), (other, theirs) = self.made.items()
        told = difference(ours, theirs, (one, other)) + _states_differ(self.states)
        if told:
            raise FailureError(
                f"{one} and {other} did not make the same: {_some(told)}",
                fix="mend bench/up/platform/ until they do",
            )
        found = ", ".join(f"{number} {kind}" for kind, number in counts(ours).items())
        self.report.note(f"both made the same {len(ours)} things, every attribute compared: {found}")

    def _settle(self) -> None:
        until = time.monotonic() + self.settle
        while (left := until - time.monotonic()) > 0:
            self.report.line(f"guests boot; going on in {left:.0f} s")
            time.sleep(min(TICK_SECONDS, left))


def _states_differ(states: Mapping[str, Counter[str]]) -> list[str]:
    """A line for each type of which the tools' states do not hold the same number."""
    (one, ours), (other, theirs) = states.items()
    return [
        f"state: {ours[kind]} {kind} by {one}, {theirs[kind]} by {other}"
        for kind in sorted(ours.keys() | theirs.keys())
        if ours[kind] != theirs[kind]
    ]


def _some(lines: Sequence[str]) -> str:
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return "; ".join(lines[:SHOWN]) + more
