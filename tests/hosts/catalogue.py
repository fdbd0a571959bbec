"""The hardening catalogue and its waivers as typed objects; reads controls/*.yaml, judges no host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CONTROLS = Path(__file__).resolve().parents[2] / "controls"


class CatalogueError(Exception):
    """A catalogue that cannot be used: what is wrong, where, and how to fix it."""


@dataclass(frozen=True)
class Control:
    """One line of controls/hardening.yaml."""

    id: str
    anssi: tuple[str, ...]
    title: dict[str, str]
    mechanism: str
    kind: str
    parameters: dict[str, Any]
    applies_when: str
    clauses: tuple[str, ...]
    mutation: str
    rollback: str


@dataclass(frozen=True)
class Waiver:
    """Who accepts that a control is not held, on which hosts, for which accounts, until when."""

    control: str
    hosts: tuple[str, ...]
    accounts: tuple[str, ...]
    reason: dict[str, str]
    owner: str
    approver: str
    granted: date
    expiry: date

    def covers(self, host: str, today: date) -> bool:
        """True on a named host (or `all`) up to and including the day of expiry."""
        return today <= self.expiry and ("all" in self.hosts or host in self.hosts)


def _frozen(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}


@cache
def controls(path: Path = CONTROLS / "hardening.yaml") -> tuple[Control, ...]:
    """Every control, in the catalogue's order."""
    entries = yaml.safe_load(path.read_text())["controls"]
    names = Control.__dataclass_fields__
    return tuple(Control(**_frozen({k: v for k, v in entry.items() if k in names})) for entry in entries)


@cache
def waivers(path: Path = CONTROLS / "waivers.yaml") -> tuple[Waiver, ...]:
    """Every waiver; CatalogueError when one lacks a field: a half-written waiver excuses nothing."""
    found = []
    for number, entry in enumerate(yaml.safe_load(path.read_text())["waivers"], 1):
        try:
            found.append(Waiver(**_frozen(entry)))
        except TypeError as error:
            said = str(error).partition("__init__() ")[2]
            fix = "give control, hosts, accounts, reason, owner, approver, granted, expiry"
            raise CatalogueError(f"{path.name}, waiver {number}: {said}: {fix}") from error
    return tuple(found)


def requested_paths() -> list[str]:
    """Paths whose owner and mode the catalogue names."""
    return sorted({p["path"] for c in controls() if c.kind == "path" for p in c.parameters["paths"]})


def requested_units() -> list[str]:
    """systemd units that the catalogue names."""
    listed = (c.parameters for c in controls() if c.kind == "units")
    return sorted({unit for p in listed for unit in (*p["enabled"], *p["absent_or_masked"])})


def requested(kind: str, *keys: str) -> list[str]:
    """What the controls of a kind list under these parameters."""
    return sorted({word for c in controls() if c.kind == kind for key in keys for word in c.parameters[key]})
