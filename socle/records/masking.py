"""Takes what looks like a secret, and what a terminal would obey, out of text before it enters a record.

The last line of defence: checkers must not hand secrets over in the first place.
"""

from __future__ import annotations

import re

MASK = "[masked]"

_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S),
    re.compile(r"\bgAAAAA[\w-]{20,}={0,2}"),  # Fernet: keystone's tokens
    re.compile(r"\$(?:y|gy|7|6|5|2[aby]|1|argon2\w*)\$[./A-Za-z0-9$=,]{8,}"),  # crypt(3) hashes
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # JSON web tokens
)
_NAMED = re.compile(
    r"(?i)\b((?:[\w-]+_)?(?:password|passwd|passphrase|secret|token|api_?key|access_?key)[\"']?\s*[=:]\s*)"
    r"(\"[^\"\n]*\"|'[^'\n]*'|[^\s,;}]+)"
)
_AUTH_HEADER = re.compile(r"(?i)\b((?:authorization|x-auth-token|x-subject-token)\s*:\s*)[^\r\n]+")
_URL_USER = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]+:)[^\s/@]+(?=@)")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# What XML 1.0 cannot carry, C1 controls, lone surrogates, and marks that reverse the reading order.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """`text` with secrets masked and control sequences removed; newlines and tabs stay."""
    text = _ANSI.sub("", text.replace("\r\n", "\n"))
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    for pattern in _SECRETS:
        text = pattern.sub(MASK, text)
    text = _AUTH_HEADER.sub(rf"\1{MASK}", text)
    text = _NAMED.sub(rf"\1{MASK}", text)
    return _URL_USER.sub(rf"\1{MASK}", text)
