"""Debian's order of versions (deb-version(7)), without a process a comparison: a host has thousands."""

from __future__ import annotations

import re
from itertools import zip_longest

_PARTS = re.compile(r"(\D*)(\d*)")


def older(one: str, other: str) -> bool:
    """True when version `one` comes before `other`."""
    return _compare(one, other) < 0


def _compare(one: str, other: str) -> int:
    first, second = _split(one), _split(other)
    if first[0] != second[0]:
        return first[0] - second[0]
    return _text(first[1], second[1]) or _text(first[2], second[2])


def _split(version: str) -> tuple[int, str, str]:
    """Epoch, upstream version, Debian revision."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "0")
    return int(epoch or 0), upstream, revision


def _text(one: str, other: str) -> int:
    for (a, m), (b, n) in zip_longest(_PARTS.findall(one), _PARTS.findall(other), fillvalue=("", "")):
        for left, right in zip_longest(a, b, fillvalue=""):
            if _rank(left) != _rank(right):
                return _rank(left) - _rank(right)
        if int(m or 0) != int(n or 0):
            return int(m or 0) - int(n or 0)
    return 0


def _rank(letter: str) -> int:
    """`~` comes before the end, the end before letters, letters before all else."""
    if letter == "~":
        return -1
    if not letter:
        return 0
    return ord(letter) if letter.isalpha() else ord(letter) + 256
