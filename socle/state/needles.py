"""A secret's value in the forms in which it could lie somewhere: as it is, escaped, in base64, in hex."""

from __future__ import annotations

import base64
import json
import subprocess
import zlib
from dataclasses import dataclass
from urllib.parse import quote

from socle.errors import UserError

SHORTEST = 8
"""Characters; anything shorter is found in places where it is no secret."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class UnreadableError(Exception):
    """Something that is compressed could not be opened."""


@dataclass(frozen=True)
class Needle:
    """One value to look for; its name is what people may see of it."""

    name: str
    forms: tuple[tuple[str, bytes], ...]

    def find(self, hay: bytes) -> str:
        """The form in which it is there; empty when it is not."""
        return next((form for form, searched in self.forms if searched in hay), "")


def needle(name: str, value: str) -> Needle:
    """Raises UserError, without the value, when it is too short to look for."""
    if len(value) < SHORTEST:
        raise UserError(
            f"{name} is shorter than {SHORTEST} characters", "standard input", "give values that are no words"
        )
    raw = value.encode()
    escaped = json.dumps(value)[1:-1]
    forms = {
        "as it is": raw,
        "escaped as in JSON": escaped.encode(),
        "escaped as Go does in JSON": _go(escaped).encode(),
        "escaped as in an address": quote(value, safe="").encode(),
        "in hexadecimal": raw.hex().encode(),
        **{f"in base64, {shift} bytes on": part for shift, part in enumerate(_base64(raw))},
    }
    return Needle(name, tuple(forms.items()))


def _go(escaped: str) -> str:
    """Go's encoder also escapes what HTML would take for markup."""
    for sign in "<>&":
        escaped = escaped.replace(sign, f"\\u{ord(sign):04x}")
    return escaped


def _base64(raw: bytes) -> list[bytes]:
    """The middle of its base64 for each way in which it can lie within what was encoded with it."""
    parts = []
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        # The first characters mix with what stands before, the last ones with what comes after.
        first = (0, 2, 3)[shift]
        whole = (shift + len(raw)) // 3 * 4
        parts.append(encoded[first:whole])
    return parts


def opened(content: bytes) -> bytes:
    """What Pulumi or a log's rotation compressed, as it was before. UnreadableError when it is damaged.

    A log of a process that still writes, or was killed, ends early: it is read as far as it goes.
    """
    try:
        if content.startswith(_GZIP):
            return _gunzip(content)
        if content.startswith(_ZSTD):
            argv = ["zstd", "-dcq"]
            return subprocess.run(argv, input=content, capture_output=True, check=True).stdout
    except (OSError, zlib.error, subprocess.CalledProcessError) as error:
        raise UnreadableError(f"cannot be decompressed: {error}") from None
    return content


def _gunzip(content: bytes) -> bytes:
    """Every member, one after the other."""
    parts = []
    while content.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        parts.append(member.decompress(content))
        content = member.unused_data
    return b"".join(parts)
