"""Finds what has the form of a secret in text, and says of which kind: never the text itself."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_FORMS: Final = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a Keystone token": re.compile(r"\bgAAAAA[\w-]{20,}"),
    "a password hash": re.compile(r"\$(?:y|gy|7|6|5|2[aby]|1|argon2\w*)\$[./A-Za-z0-9$=,]{8,}"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "a LUKS or API key": re.compile(
        r"(?i)\b(?:api|access|secret|luks|encryption)[_-]?key[\"']?\s*[=:]\s*[\"']?[^\s\"'<$\[{]{8,}"
    ),
    "a password": re.compile(
        r"(?i)\b[\w-]*(?:password|passwd|passphrase)[\"']?\s*[=:]\s*[\"']?(?!(?:true|false|null|none|yes|no)\b)[^\s\"'<$\[{]{4,}"
    ),
    "a secret or token": re.compile(r"(?i)\b[\w-]*(?:secret|token)[\"']?\s*[=:]\s*[\"']?[^\s\"'<$\[{]{8,}"),
    "credentials in an address": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@"),
}
_NAMES: Final = re.compile(r"(?i)(password|passwd|passphrase|secret|token|private_?key|api_?key|access_?key)")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}")


def secret_in(text: str) -> str:
    """What kind of secret it seems to hold, "" when none. Base64, as userData may be, is looked into."""
    for kind, form in _FORMS.items():
        if form.search(text):
            return kind
    if _BASE64.fullmatch(text.strip()):
        try:
            inner = base64.b64decode(text, validate=False).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return secret_in(inner) if inner != text else ""
    return ""


def names_secret(key: str) -> bool:
    """Whether a key promises a secret as its value."""
    return bool(_NAMES.search(key))
