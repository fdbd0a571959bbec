"""What a cloud is made of: its folders, addresses and secrets.

Pure facts; nothing here starts, mounts or connects.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

SERVICE_ADDRESS = "198.18.255.1"
"""Where guests find packages (3142/tcp), time (123/udp) and two endpoints; the same in every cloud."""
ENDPOINT_NAME = "endpoints.localcloud.internal"
"""What the endpoints' certificate calls them; no resolver knows it, clients have the address."""
SLOTS = 16
SECRET_NAMES = ("admin", "manager", "platform", "rabbitmq", "swift_prefix", "swift_suffix")


def cache_root() -> Path:
    """The per-user folder of things that can be rebuilt."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "socle"
    return Path(os.environ.get("SOCLE_CACHE") or default)


def unpacked(package: str) -> Path:
    """Where a Debian package's files are that must not be installed (see unpacked.txt)."""
    return cache_root() / "unpacked" / package


def clouds_root() -> Path:
    """The per-user folder that holds one folder a cloud."""
    default = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "socle"
    return Path(os.environ.get("SOCLE_STATE") or default) / "clouds"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads; readers see the old text or the new, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)


@dataclass(frozen=True)
class Cloud:
    """One cloud: its name, the slot its addresses derive from, and its folder."""

    name: str
    slot: int
    root: Path

    @property
    def netns(self) -> str:
        """The network namespace of every process, port, bridge and tap, but for those of a second zone."""
        return f"socle-{self.name}"

    @property
    def sock(self) -> Path:
        """Unix sockets; short, because their paths may have at most 107 bytes."""
        return Path("/run/socle") / self.name

    @property
    def public_address(self) -> str:
        """Where the TLS endpoints listen, on the host's loopback."""
        return f"127.77.{self.slot}.1"

    @property
    def veth(self) -> str:
        """The host's end of the pair that crosses the wall."""
        return f"socle{self.slot}"

    @property
    def outer_address(self) -> str:
        """The host's address on the veth pair (/30)."""
        return f"198.18.{self.slot}.1"

    @property
    def inner_address(self) -> str:
        """The namespace's address on the veth pair (/30)."""
        return f"198.18.{self.slot}.2"

    @property
    def external_cidr(self) -> str:
        """The external network, where floating IPs come from."""
        return f"172.24.{self.slot}.0/24"

    @property
    def external_gateway(self) -> str:
        """The external network's gateway, on br-ex inside the namespace."""
        return f"172.24.{self.slot}.1"

    def folder(self, kind: str) -> Path:
        """One of etc, run, log, state, tls."""
        return self.root / kind

    @property
    def clouds_yaml(self) -> Path:
        """Credentials of operator, customer and platform."""
        return self.root / "clouds.yaml"

    @property
    def ca_file(self) -> Path:
        """Certificate of the cloud's own authority."""
        return self.root / "ca.pem"

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Random passwords of this cloud, made on first use and kept in a file of mode 0600."""
        path = self.root / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return known

    def complete_secrets(self, users: list[str]) -> None:
        """Make the passwords that are missing; `users` have one in the database and one in keystone."""
        wanted = [*SECRET_NAMES, *(f"{kind}_{user}" for user in users for kind in ("db", "os"))]
        for name in wanted:
            self.secrets.setdefault(name, secrets.token_urlsafe(24))
        kek = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        self.secrets.setdefault("barbican_kek", kek)
        write_private(self.root / "secrets.json", json.dumps(self.secrets, indent=1))

    def facts(self) -> dict[str, Any]:
        """What is recorded of the cloud, or nothing."""
        path = self.root / "facts.json"
        known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return known

    def record(self, **facts: Any) -> None:
        """Add facts to the record."""
        merged = {"name": self.name, "slot": self.slot, **self.facts(), **facts}
        write_private(self.root / "facts.json", json.dumps(merged, indent=1))
