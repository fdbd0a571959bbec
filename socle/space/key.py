"""`python -m socle.space.key`: the key of a space, for roles/sealed_volume. Made once, never again.

It lies with us alone, in `$SOCLE_SSH_DIR/../keys`: neither the provider, nor Pulumi's state, nor a disk of a
host ever holds it. Who destroys it has destroyed all that the space wrote, wherever copies of that are.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import secrets
import sys
from pathlib import Path

from infra.stackfile import space_of, stack_name
from socle.errors import UserError
from socle.identity import make_folder, write_private
from socle.pipes import answered

BYTES = 64
"""Random bytes of a key; on its way and in its file as hexadecimal text."""


def folder(ssh: Path) -> Path:
    """Where the keys of an environment's spaces lie, whose SSH keys are in `ssh`."""
    return ssh.parent / "keys"


def shell_folder() -> Path:
    """The same for the environment of this shell; UserError when it is none."""
    ssh = os.environ.get("SOCLE_SSH_DIR")
    if not ssh:
        raise UserError("SOCLE_SSH_DIR is not set", fix="run inside `make shell`")
    return folder(Path(ssh))


def key_file(keys: Path, stack: str) -> Path:
    """The key of one space, by its stack."""
    return keys / f"{stack}.key"


def key_of(keys: Path, stack: str) -> str:
    """The space's key in hexadecimal, made when it never had one.

    UserError when its key was destroyed, or when its file is damaged: a new one would open nothing.
    """
    make_folder(keys)
    file, given = key_file(keys, stack), keys / f"{stack}.given"
    # Ansible asks for several hosts of a space at once: one makes the key, the others wait for it.
    with (keys / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            if given.exists():
                fix = "restore the file from where keys are kept; without it nothing of the space can be read"
                raise UserError("the key that this space was given is gone", str(file), fix)
            write_private(file, (secrets.token_hex(BYTES) + "\n").encode())
        if not given.exists():
            write_private(given, b"")
        key = file.read_text(encoding="ascii").strip()
    if len(key) != 2 * BYTES or set(key) - set("0123456789abcdef"):
        raise UserError("not a key of a space", str(file), "restore it from where keys are kept")
    return key


def fingerprint(key: str) -> str:
    """What may be told of a key: it says which one it was, and nothing of it (SHA-256 of 512 random bits)."""
    return "sha256:" + hashlib.sha256(bytes.fromhex(key)).hexdigest()


def destroy(keys: Path, stack: str) -> None:
    """Overwrite the key and remove its file; what says that one was given stays. Nothing to do twice.

    A copy on paper, on a token or in a backup of the controller is its keeper's to destroy.
    """
    file = key_file(keys, stack)
    if not file.exists():
        return
    with file.open("r+b") as stream:
        stream.write(secrets.token_hex(BYTES).encode())
        stream.flush()
        os.fsync(stream.fileno())
    file.unlink()
    folder_number = os.open(keys, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder_number)
    finally:
        os.close(folder_number)


def main(arguments: list[str] | None = None) -> int:
    """Print the key, for a pipe; 0, 1 or 2, one line on stderr when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m socle.space.key", description="The key of a space.")
    parser.add_argument("--environment", required=True)
    parser.add_argument("--space", required=True)
    asked = parser.parse_args(arguments)

    def key() -> str:
        keys = shell_folder()
        stack = stack_name(f"{asked.environment}-space-{asked.space}")
        if not space_of(stack):
            raise UserError("not a space", stack)
        return key_of(keys, stack)

    return answered(key)


if __name__ == "__main__":
    sys.exit(main())
