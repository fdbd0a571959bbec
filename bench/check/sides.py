"""The two ways to check a host: everything collected in one round trip, or one round trip for each control.

The peer asks the same host the same questions with the same code; only the number of trips differs. Each time
the verdicts of both are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from socle.errors import FailureError
from tests.hosts.catalogue import Control, controls, not_here
from tests.hosts.checks import Host, State
from tests.hosts.judge import judge

Collect = Callable[[Host, tuple[str, ...]], State]
"""Reads sections of a host's state (all when none is named) in one round trip."""


@dataclass(frozen=True)
class _Noting(State):
    """A state that keeps which of its sections a check asked for."""

    asked: list[str] = field(default_factory=list)

    def value(self, section: str) -> Any:
        """The section, noted."""
        self.asked.append(section)
        return super().value(section)


def held(host: Host) -> list[Control]:
    """Controls that hold on the host, and so are checked there."""
    return [control for control in controls() if not not_here(control, host)]


def sections(host: Host, state: State) -> dict[str, tuple[str, ...]]:
    """For each control, the sections that its check reads. FailureError when one reads none."""
    found = {}
    for control in held(host):
        noting = _Noting(state.sections, state.unreadable)
        judge(control, host, noting)
        found[control.id] = tuple(dict.fromkeys(noting.asked))
        if not found[control.id]:
            raise FailureError(f"the check of {control.id} reads nothing", host.name)
    return found


def ours(host: Host, collect: Collect) -> dict[str, str]:
    """Verdicts by control: one round trip, then judged here."""
    state = collect(host, ())
    return {control.id: judge(control, host, state).verdict.value for control in held(host)}


def peers(host: Host, collect: Collect, reads: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Verdicts by control: a round trip for each."""
    return {
        control.id: judge(control, host, collect(host, reads[control.id])).verdict.value
        for control in held(host)
    }


def same(host: Host, one: dict[str, str], other: dict[str, str]) -> None:
    """FailureError when the two do not agree: there is no ratio of unlike things."""
    differ = [f"{name} {one.get(name)}/{other.get(name)}" for name in one if one[name] != other.get(name)]
    if differ or one.keys() != other.keys():
        raise FailureError(
            f"the two ways do not agree: {', '.join(differ[:5]) or 'not the same controls'}", host.name
        )
    if "unproven" in one.values():
        silent = [name for name, verdict in one.items() if verdict == "unproven"]
        raise FailureError(f"could not be read: {', '.join(silent[:5])}", host.name, "mend the host first")
