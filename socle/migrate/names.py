"""Which name an object gets at the target, or why it gets none. Pure.

Swift keeps any UTF-8 name byte for byte, so a name is kept as it is whenever it can be asked for again.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

SNAPSHOT_MARK = "@snapshot="
_MARK_BYTES = 64 + 1
"""Of a name cut short: a tilde and the SHA-256 of the whole."""


@dataclass(frozen=True)
class Placed:
    """Where an object goes. `mapped` says why its name differs from the source's, empty when it does not."""

    name: str
    mapped: str = ""


@dataclass(frozen=True)
class Refused:
    """Why an object gets no name at the target."""

    reason: str


def place(name: str, snapshot: str, longest: int, *, map_long: bool, digest: str) -> Placed | Refused:
    """The name at the target of a blob, or of one of its snapshots.

    `longest` is the target's limit in bytes of UTF-8; `digest` the hex SHA-256 of the source's name.
    """
    if problem := unfit(name):
        return Refused(problem)
    whole = f"{name}{SNAPSHOT_MARK}{snapshot}" if snapshot else name
    mapped = "snapshot" if snapshot else ""
    size = len(whole.encode())
    if size <= longest:
        return Placed(whole, mapped)
    if not map_long:
        return Refused(f"name of {size} bytes, the target allows {longest}")
    room = longest - _MARK_BYTES - len(whole.encode()) + len(name.encode())
    cut = name.encode()[:room].decode(errors="ignore")
    return Placed(f"{cut}~{digest}{whole[len(name) :]}", f"name of {size} bytes cut")


def unfit(name: str) -> str:
    """Why a name cannot be asked for by HTTP so that exactly it is meant; empty when it can."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "name is not valid Unicode"
    if any(part in (".", "..") for part in name.split("/")):
        return "name has a segment `.` or `..`, which HTTP clients resolve to another name (RFC 3986, 5.2.4)"
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        return "name holds control characters"
    return ""


def folded(name: str) -> str:
    """What systems that normalise Unicode take a name for (NFC): names equal in it collide there."""
    return unicodedata.normalize("NFC", name)
