"""`python -m socle.space.objects`: keys of what a space stores, as JSON for a pipe (docs/decisions/0022).

All are worked out of the space's one key (key.py) and kept nowhere: who destroys that has destroyed these.
Sealing and opening is age's, by roles/object_client/files; what lies in the containers is inventory.py's.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra.administrators import openers
from infra.facts import FactError
from infra.plan import age
from infra.specification import load
from infra.stackfile import space_of, stack_name
from socle.errors import UserError
from socle.identity import write_private
from socle.pipes import answered
from socle.space.key import key_file, key_of, shell_folder

MOST = 9999
"""Generations: four times a year for as long as a space may last, and far more."""


@dataclass(frozen=True)
class Keys:
    """What a space seals and opens its objects with.

    `identities`: secret keys, one a generation, the newest last; `recipients`: their public halves.
    `origin`: a secret in hexadecimal that every object says it knows, so that nobody else can make one.
    """

    identities: tuple[str, ...]
    recipients: tuple[str, ...]
    origin: str


def generation_file(keys: Path, stack: str) -> Path:
    """How many generations there are: no secret."""
    return keys / f"{stack}.objects"


def generations(keys: Path, stack: str) -> int:
    """How often the space got a new one, and the first; UserError when the file is damaged."""
    file = generation_file(keys, stack)
    text = file.read_text(encoding="utf-8").strip() if file.exists() else "1"
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= MOST):
        raise UserError(
            "not a number of generations", str(file), f"write how many there were, from 1 to {MOST}"
        )
    return int(text)


def turn_over(keys: Path, stack: str) -> int:
    """From now on the space seals with another key; older ones still open. Its number."""
    number = min(generations(keys, stack) + 1, MOST)
    write_private(generation_file(keys, stack), f"{number}\n".encode())
    return number


def keys_of(keys: Path, stack: str) -> Keys:
    """All of a space's. UserError when its key was destroyed or is damaged."""
    key = bytes.fromhex(key_of(keys, stack))
    found = [_derived(key, f"identity {number}") for number in range(1, generations(keys, stack) + 1)]
    return Keys(
        identities=tuple(map(age.identity, found)),
        recipients=tuple(map(_recipient, found)),
        origin=_derived(key, "origin").hex(),
    )


def known(keys: Path, stack: str) -> tuple[str, ...]:
    """The public keys, of a space that has a key now; none when it has not: none is made."""
    return keys_of(keys, stack).recipients if key_file(keys, stack).exists() else ()


def _derived(key: bytes, purpose: str) -> bytes:
    """HKDF (RFC 5869): neither says anything of the other, nor of the key that seals volumes."""
    info = f"socle objects v1: {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=age.BYTES, salt=None, info=info).derive(key)


def _recipient(secret: bytes) -> str:
    return age.recipient(X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw())


def document(space: str, found: Keys, readers: Sequence[str], *, opens: bool = True) -> str:
    """As the command `space-objects` reads it. `space`: what its containers' names begin with.

    `readers`: public keys of those who may open what is given out. Without `opens` it seals only.
    """
    said = {
        "format": "socle-object-keys/1",
        "space": space,
        "origin": found.origin,
        "recipients": [found.recipients[-1]],
        "readers": [*readers],
        "identities": [*reversed(found.identities)] if opens else [],
    }
    return json.dumps(said, indent=1) + "\n"


def readers_of(environment: str) -> dict[str, str]:
    """Public keys of those who take out results today, by login; UserError when the tables are wrong."""
    try:
        return openers(load(f"{environment}-platform"))
    except FactError as error:
        raise UserError(str(error)) from None


def main(arguments: list[str] | None = None) -> int:
    """Print the keys, for a pipe; 0, 1 or 2, one line on stderr when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m socle.space.objects", description="Keys of objects.")
    parser.add_argument("--environment", required=True)
    parser.add_argument("--space", required=True)
    parser.add_argument("--seal-only", action="store_true", help="without what opens")
    asked = parser.parse_args(arguments)

    def text() -> str:
        keys, stack = shell_folder(), stack_name(f"{asked.environment}-space-{asked.space}")
        if not space_of(stack):
            raise UserError("not a space", stack)
        space, found = f"{asked.environment}-{asked.space}", keys_of(keys, stack)
        return document(space, found, [*readers_of(asked.environment).values()], opens=not asked.seal_only)

    return answered(text)


if __name__ == "__main__":
    sys.exit(main())
