"""What an environment owns and makes once: the SSH key pair and the passphrase of Pulumi's state.

Never prints them; files are 0600 in a folder 0700.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from socle.errors import UserError


def make_folder(path: Path) -> Path:
    """The folder, made when missing, for its owner only."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that never existed half-written or readable to others."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def ensure_passphrase(path: Path) -> None:
    """Make the passphrase file when missing: 256 random bits."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode() + b"\n")


def ensure_ssh_key(folder: Path, comment: str) -> None:
    """Make `id_ed25519` and its `.pub` when missing; a lost public half is derived again.

    Raises UserError when the private half cannot be read as an Ed25519 key.
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private_file, public_file = folder / "id_ed25519", folder / "id_ed25519.pub"
    if private_file.exists() and public_file.exists():
        return
    if private_file.exists():
        try:
            key = form.load_ssh_private_key(private_file.read_bytes(), password=None)
        except ValueError:
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise UserError(
                "not an Ed25519 key without passphrase", str(private_file), "move it away, run again"
            )
    else:
        key = Ed25519PrivateKey.generate()
        write_private(
            private_file,
            key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()),
        )
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    write_private(public_file, public + f" {comment}\n".encode(), 0o644)
