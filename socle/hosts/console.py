"""Finds a host's SSH key in its console log. Pure: text in, key out.

Trust. Until cloud-init has printed the keys, only the image's own boot writes to the console. Later a
user of the host might print a block of his own. So the first block of the log counts and later ones are
ignored, and where the log's beginning is lost, the first block left may be a forged one: then nothing
counts. cloud-init prints the block on a server's first boot only; a later boot does not bring it back.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

BEGIN = "-----BEGIN SSH HOST KEY KEYS-----"
END = "-----END SSH HOST KEY KEYS-----"
# nova gives back at most the last 100 KiB (MAX_CONSOLE_BYTES); a log that long has lost its beginning.
LONGEST_LOG = 100 * 1024

_TYPE = b"ssh-ed25519"
_KEY = re.compile(r"(?:^|[\s:])ssh-ed25519 ([A-Za-z0-9+/]+={0,2})(?=\s|$)")
_NO_BOOT = re.compile(r"Dropping to a shell!|Kernel panic - not syncing|emergency mode|No bootable device")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")


@dataclass(frozen=True)
class Reading:
    """What a console log says: the key, or why there is none (yet)."""

    key: str | None
    why: str
    final: bool  # False when waiting may help


def read_host_key(log: str) -> Reading:
    """The `ssh-ed25519 …` key of the first complete block between cloud-init's markers."""
    if len(log.encode(errors="replace")) >= LONGEST_LOG:
        return Reading(
            None, "the console log has lost its beginning, so no block in it can be trusted", final=True
        )
    lines = _ANSI.sub("", log.replace("\r", "\n")).split("\n")
    begin = next((n for n, line in enumerate(lines) if BEGIN in line), None)
    end = next((n for n, line in enumerate(lines) if END in line), None)
    if end is None and (failure := next((line for line in lines if _NO_BOOT.search(line)), None)):
        return Reading(None, f"the host did not boot: {failure.strip()[:120]}", final=True)
    if end is None:
        why = (
            "cloud-init has not printed the host key yet"
            if begin is None
            else "the key block is not complete"
        )
        return Reading(None, why, final=False)
    if begin is None or end < begin:
        return Reading(None, "the block of host keys has lost its beginning", final=True)
    keys = {key for line in lines[begin:end] for key in _KEY.findall(line) if _is_ed25519(key)}
    if len(keys) != 1:
        return Reading(None, f"the block holds {len(keys)} Ed25519 host keys instead of one", final=True)
    return Reading(f"ssh-ed25519 {keys.pop()}", "read", final=True)


def _is_ed25519(text: str) -> bool:
    """Whether this is the wire form of one Ed25519 public key (RFC 8709): type and 32 bytes."""
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    head = len(_TYPE).to_bytes(4, "big") + _TYPE + (32).to_bytes(4, "big")
    return blob.startswith(head) and len(blob) == len(head) + 32
