"""What the collector is asked for and which controls hold on a host, from the catalogue; judges no host."""

from __future__ import annotations

from socle.controls import Control, Waiver, load
from tests.hosts.checks import Host

__all__ = [
    "Control",
    "Waiver",
    "controls",
    "not_here",
    "requested",
    "requested_boxes",
    "requested_part",
    "requested_paths",
    "requested_units",
    "waivers",
]


def controls() -> tuple[Control, ...]:
    """Every control, in the catalogue's order; UserError when a table of controls/ is wrong."""
    return load().controls


def waivers() -> tuple[Waiver, ...]:
    """Every waiver."""
    return load().waivers


def not_here(control: Control, host: Host) -> str:
    """Why a control does not hold on a host; nothing when it does. The role selects by the same two words."""
    if control.applies_when not in host.conditions:
        return f"applies to: {control.applies_when}"
    if control.level not in host.levels:
        return f"level: {control.level}; this host's is {host.levels[-1]}"
    return ""


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


def requested_part() -> str:
    """The files that a check compares with their seal while one waits, as a regular expression."""
    return next(str(c.parameters["compared_now"]) for c in controls() if c.kind == "seal")


def requested_boxes(host: Host) -> list[str]:
    """Units whose cage the controls of this host name: others are not there to be asked about."""
    held = (c for c in controls() if c.kind == "sandbox" and not not_here(c, host))
    return sorted({unit for c in held for unit in c.parameters["units"]})
