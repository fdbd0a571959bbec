"""Pinned host keys: pins.json says which server showed which key, known_hosts is made from it.

Learning a key is one thing (console.py), keeping it another: a key never changes silently while the
server's id stays, and the pin of a server that is gone is forgotten.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from socle.errors import FindingError, UserError
from socle.hosts.servers import Server
from socle.identity import make_folder, write_private

FORMAT = "socle-pins/2"
# Still read: a console log may have lost the key by now, so that it could not be learnt again.
ONE_ROLE = "socle-pins/1"


@dataclass(frozen=True)
class Pin:
    """A server and the host key it showed on its console."""

    id: str
    name: str
    roles: tuple[str, ...]
    fixed: str
    floating: str | None
    key: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """What known_hosts lists the key for."""
        return tuple(part for part in (self.name, self.floating, self.fixed) if part)


def pin_of(server: Server, key: str) -> Pin:
    """The pin of a server with this key."""
    return Pin(server.id, server.name, server.roles, server.fixed, server.floating, key)


def load(folder: Path) -> dict[str, Pin]:
    """Pins by server id; empty when none was ever made. Raises UserError for a damaged file."""
    path = folder / "pins.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] not in (FORMAT, ONE_ROLE):
            raise ValueError(document["format"])
        pins = map(_pin, document["pins"])
        return {pin.id: pin for pin in pins}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        raise UserError("not a file of pins", str(path), "remove it and run `socle hosts pin`") from None


def _pin(entry: dict[str, Any]) -> Pin:
    roles = [entry.pop("role")] if "role" in entry else entry["roles"]
    return Pin(**{**entry, "roles": tuple(roles)})


def save(folder: Path, pins: Iterable[Pin]) -> None:
    """Write pins.json, then known_hosts, each in one step."""
    ordered = sorted(pins, key=lambda pin: pin.name)
    document = {"format": FORMAT, "pins": [asdict(pin) for pin in ordered]}
    write_private(folder / "pins.json", (json.dumps(document, indent=2) + "\n").encode())
    write_private(folder / "known_hosts", known_hosts(ordered).encode())


def change(folder: Path, learnt: Iterable[Pin] = (), gone: Iterable[str] = ()) -> dict[str, Pin]:
    """Add or renew pins, forget those of the servers `gone` (ids), and leave what others learnt meanwhile.

    Returns what is pinned now, by server id.
    """
    make_folder(folder)
    with (folder / "pins.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pins = {**load(folder), **{pin.id: pin for pin in learnt}}
        for server_id in gone:
            pins.pop(server_id, None)
        save(folder, pins.values())
        return pins


def known_hosts(pins: Iterable[Pin]) -> str:
    """The OpenSSH known_hosts file of these pins: one line a host, all its names and addresses."""
    return "".join(f"{','.join(pin.addresses)} {pin.key}\n" for pin in pins)


def refresh(pins: Mapping[str, Pin], servers: Iterable[Server]) -> dict[str, Pin]:
    """The pins of servers that still stand, with their present addresses; the others are forgotten."""
    return {
        server.id: replace(
            pins[server.id],
            name=server.name,
            roles=server.roles,
            fixed=server.fixed,
            floating=server.floating,
        )
        for server in servers
        if server.id in pins
    }


def check_unchanged(pin: Pin, key: str) -> None:
    """Raises FindingError when a server that kept its id shows another key."""
    if key != pin.key:
        raise FindingError(
            f"host key changed while server {pin.id} stayed the same",
            pin.name,
            f"rebuilt on purpose: `socle hosts pin --forget {pin.name}`; otherwise treat it as an intrusion",
        )


def check_names(servers: Iterable[Server]) -> None:
    """Raises UserError when two servers share a name: known_hosts could not tell them apart."""
    seen: dict[str, str] = {}
    for server in servers:
        if server.name in seen:
            raise UserError(
                f"two servers have this name ({seen[server.name]}, {server.id})",
                server.name,
                "delete the stray one",
            )
        seen[server.name] = server.id
