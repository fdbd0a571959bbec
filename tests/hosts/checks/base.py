"""What every check shares: the state it reads, the outcome it returns, and the register of kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.config.zones import LEVELS


class Unproven(Exception):  # noqa: N818 - a verdict, not an error
    """The state could not be read, so nothing is claimed."""


@dataclass(frozen=True, eq=False)
class Host:
    """A host as the inventory declares it."""

    name: str
    address: str
    port: int
    user: str
    ssh_arguments: str
    conditions: tuple[str, ...]
    input: tuple[dict[str, Any], ...] = ()
    output: tuple[dict[str, Any], ...] = ()
    data_devices: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    space: str = ""
    time_servers: tuple[str, ...] = ()
    package_proxy: str = ""
    own_address: str = ""
    domain_names: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ("automation",)
    people: tuple[str, ...] = ()
    administered: tuple[str, ...] = ()
    jumpers: tuple[str, ...] = ()
    objects: dict[str, Any] = field(default_factory=dict)
    levels: tuple[str, ...] = LEVELS[:-1]


@dataclass(frozen=True)
class State:
    """What the collector read from one host, or why it read nothing."""

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    unreadable: str = ""

    def value(self, section: str) -> Any:
        """One section; Unproven when the host or that section could not be read."""
        if self.unreadable:
            raise Unproven(self.unreadable)
        entry = self.sections.get(section, {"error": "the collector returned no such section"})
        if "error" in entry:
            raise Unproven(f"{section}: {entry['error']}")
        return entry["value"]


@dataclass(frozen=True)
class Violation:
    """One thing that differs; `subject` is what a waiver may name (an account, a path)."""

    subject: str
    said: str


@dataclass(frozen=True)
class Outcome:
    """Violations (none: the control holds) and what was read."""

    violations: tuple[Violation, ...]
    evidence: str


Check = Callable[[dict[str, Any], State, Host], Outcome]
CHECKS: dict[str, Check] = {}


def check(kind: str) -> Callable[[Check], Check]:
    """Register the function as the check of controls of this kind."""

    def register(function: Check) -> Check:
        if kind in CHECKS:
            raise ValueError(f"two checks of kind {kind}")
        CHECKS[kind] = function
        return function

    return register


def compare(wanted: dict[str, str], found: dict[str, str | None]) -> Outcome:
    """Outcome of settings that must be equal, key by key; an absent one differs."""
    wrong = tuple(
        Violation(key, f"{key} is {found.get(key) if found.get(key) is not None else 'absent'}, not {value}")
        for key, value in wanted.items()
        if found.get(key) != value
    )
    return Outcome(wrong, ", ".join(f"{key}={found.get(key)}" for key in wanted))
