"""Reads tests/drift/host_kinds.yaml: what somebody may do to a host, and what must then be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "host_kinds.yaml"
STATES = ("unmanaged", "missing")


@dataclass(frozen=True)
class Find:
    """One thing that must be found. `what`: a state, or the field that changed."""

    kind: str
    what: str
    thing: str

    @property
    def check(self) -> str:
        """The record's check."""
        kind = f"drift-host-{self.kind.replace(' ', '-')}"
        return f"{kind}-{self.what}" if self.what in STATES else f"{kind}.{self.what}"

    def is_about(self, target: str) -> bool:
        """Whether a record's target is this thing; a rule is told with all of its expressions."""
        said = target.partition(": ")[2].removeprefix(f"{self.kind} ")
        return said.startswith(f"{self.thing} ") if self.kind == "firewall rule" else said == self.thing


@dataclass(frozen=True)
class HostSeed:
    """One kind of drift: shell as root that makes it, and that undoes it."""

    name: str
    do: str
    undo: str
    finds: tuple[Find, ...]


def host_seeds() -> list[HostSeed]:
    """All of them; ValueError when a name is there twice."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))["kinds"]
    found = [
        HostSeed(row["name"], row["do"], row["undo"], tuple(Find(*it) for it in row["finds"])) for row in rows
    ]
    if len({one.name for one in found}) < len(found):
        raise ValueError(f"{FILE.name}: a name is there twice")
    return found
