"""Secrets of notifications, read from files that nobody else may read."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from pathlib import Path

from socle.errors import UserError

_FEWEST = 24
"""Bytes of a webhook's secret: the least that the specification of Standard Webhooks allows."""


def beside(file: Path, name: str) -> Path:
    """A file that the table names: systemd's credential of that name, else one beside the table."""
    given = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if given and (Path(given) / name).is_file():
        return Path(given) / name
    return file.parent / name


def private(path: Path) -> str:
    """The text of a secret's file. UserError when it is not there, or not its owner's alone.

    What systemd hands over (LoadCredential=) is guarded by the folder it lies in, whatever its mode says.
    """
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read().decode()
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UserError(
            f"a secret's file cannot be read ({what})", str(path), "write it, mode 0600"
        ) from None
    given = os.environ.get("CREDENTIALS_DIRECTORY", "")
    guarded = bool(given) and path.parent == Path(given)
    if stat.S_IMODE(mode) & 0o077 and not guarded:
        raise UserError("others may read this secret", str(path), f"chmod 600 {path}")
    return content


def signing_secret(path: Path) -> bytes:
    """A webhook's: `whsec_` and base64 as Standard Webhooks write it, else the line as it is."""
    text = private(path).strip()
    if text.startswith("whsec_"):
        try:
            secret = base64.b64decode(text.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            raise UserError("no base64 after whsec_", str(path), "write the secret anew") from None
    else:
        secret = text.encode()
    if len(secret) < _FEWEST:
        fix = "make one: openssl rand -base64 32"
        raise UserError(f"a secret of {len(secret)} bytes; {_FEWEST} at least", str(path), fix)
    return secret


def login(path: Path) -> tuple[str, str]:
    """A mail server's user and password: two lines."""
    lines = private(path).splitlines()
    if len(lines) != 2 or not all(lines):  # noqa: PLR2004 - two lines
        raise UserError("not two lines, user and password", str(path), "write it anew, mode 0600")
    return lines[0], lines[1]
