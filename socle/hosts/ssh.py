"""The plain ssh command of a login: playbooks/ssh_config, pinned keys, through the bastion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from socle.errors import UserError
from socle.hosts.pins import Pin
from socle.paths import ROOT

CONFIG = ROOT / "playbooks" / "ssh_config"
USER = "automation"
KEPT = 60
"""Seconds for which a shared connection waits for the next command."""
JUMP = "jump"
"""The bastion's account that forwards to hosts and can do nothing else (roles/bastion)."""


def command(
    pins: Mapping[str, Pin], host: str, remote: Sequence[str] = (), sockets: Path | None = None
) -> list[str]:
    """The command line that logs in to `host`; raises UserError for one that is not pinned.

    `sockets`: the folder of connections that are kept open and shared; without one, every login is new.
    """
    by_name = {pin.name: pin for pin in pins.values()}
    if host not in by_name:
        known = ", ".join(sorted(by_name)) or "none is pinned"
        raise UserError(f"no pinned host of this name (known: {known})", host, "run `socle hosts pin`")
    target = by_name[host]
    argv = ["ssh", "-F", str(CONFIG)]
    if sockets:
        argv += [
            "-o",
            "ControlMaster=auto",
            "-o",
            f"ControlPath={sockets}/%C",
            "-o",
            f"ControlPersist={KEPT}",
        ]
    # A workstation's floating IP is one on its space's transit network: only the bastion gets there.
    if not (target.floating and "bastion" in target.roles):
        argv += ["-J", f"{JUMP}@{_bastion(by_name).floating}"]
    return [*argv, f"{USER}@{target.floating or target.fixed}", *(["--", *remote] if remote else [])]


def _bastion(pins: Mapping[str, Pin]) -> Pin:
    found = [pin for pin in pins.values() if "bastion" in pin.roles and pin.floating]
    if len(found) != 1:
        raise UserError(
            f"{len(found)} bastions with a floating address",
            "hosts",
            "run `pulumi up`, then `socle hosts pin`",
        )
    return found[0]
