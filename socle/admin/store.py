"""The folder that holds the people's authority, and its lock. No rule of who may have what."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from socle.errors import FailureError
from socle.identity import make_folder


@dataclass(frozen=True)
class Store:
    """Where an environment's authority of people lies."""

    at: Path
    environment: str

    @classmethod
    def among(cls, authorities: Path, environment: str) -> Store:
        """Its place in the folder of an environment's authorities."""
        return cls(authorities / "people", environment)

    @property
    def key(self) -> Path:
        """The authority's private key; absent where an agent holds it."""
        return self.at / "key"

    @property
    def public(self) -> Path:
        """The authority's public key."""
        return self.at / "key.pub"

    @property
    def journal(self) -> Path:
        """What was signed and revoked."""
        return self.at / "journal.jsonl"

    @property
    def revoked(self) -> Path:
        """The list that hosts get (an OpenSSH KRL)."""
        return self.at / "revoked.krl"

    def factor(self, login: str) -> Path:
        """A person's second factor."""
        return self.at / "factors" / f"{login}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One at a time: a code counts once, a serial is given once."""
        make_folder(self.at)
        with (self.at / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def run_keygen(arguments: Sequence[str], where: Path) -> None:
    """Run ssh-keygen, which asks for a passphrase on the terminal alone; FailureError with its last words."""
    argv = ["ssh-keygen", "-q", *arguments]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise FailureError("ssh-keygen is not installed", str(where), "run `make deps`") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        raise FailureError(f"ssh-keygen: {said[-1]}", str(where), "see its message")
