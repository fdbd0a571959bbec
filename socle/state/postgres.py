"""Debian's PostgreSQL programs, and how they are started by whoever we are. Knows no server of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from socle.errors import UserError

PROGRAMS = Path("/usr/lib/postgresql")  # Debian's place, a folder for each major version
NOBODY = "65534"


def program(name: str) -> Path:
    """A program of the newest PostgreSQL that Debian installed; UserError when there is none."""
    versions = sorted(PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if not versions:
        raise UserError("PostgreSQL is not installed", str(PROGRAMS), "run `make deps`")
    return versions[-1]


def scram(password: str, rounds: int = 4096) -> str:
    """What the server stores instead of the password (RFC 5802, RFC 7677)."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    shown = [base64.b64encode(part).decode() for part in (salt, client, server)]
    return f"SCRAM-SHA-256${rounds}:{shown[0]}${shown[1]}:{shown[2]}"


def unprivileged() -> list[str]:
    """PostgreSQL refuses root: in a user namespace root's files stay root's, and root is nobody there."""
    if os.geteuid():
        return []
    return ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"]


def variables() -> dict[str, str]:
    """None of the person's own PG… variables: they would set the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
