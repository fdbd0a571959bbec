"""The Merkle root of a dataset, as RFC 6962 (Certificate Transparency, 2.1) defines it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


def leaf(entry: bytes) -> bytes:
    """The hash of one line of a manifest; 0x00 keeps leaves apart from nodes."""
    return hashlib.sha256(b"\0" + entry).digest()


def root(entries: Iterable[bytes]) -> bytes:
    """The root over entries in their order; memory grows with their number's logarithm only."""
    peaks: list[tuple[int, bytes]] = []
    for entry in entries:
        peak = (1, leaf(entry))
        while peaks and peaks[-1][0] == peak[0]:
            size, left = peaks.pop()
            peak = (2 * size, _node(left, peak[1]))
        peaks.append(peak)
    if not peaks:
        return hashlib.sha256(b"").digest()
    _, found = peaks.pop()
    while peaks:
        found = _node(peaks.pop()[1], found)
    return found


def path(entries: Sequence[bytes], index: int) -> list[bytes]:
    """What shows that one entry is under the root: the neighbours' hashes, from the leaf up.

    Raises IndexError when there is no such entry.
    """
    if not 0 <= index < len(entries):
        raise IndexError(index)
    if len(entries) == 1:
        return []
    half = 1 << ((len(entries) - 1).bit_length() - 1)
    if index < half:
        return [*path(entries[:half], index), root(entries[half:])]
    return [*path(entries[half:], index - half), root(entries[:half])]


def holds(entry: bytes, index: int, count: int, neighbours: Sequence[bytes], wanted: bytes) -> bool:
    """Whether the neighbours lead from an entry to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < count:
        return False
    place, last, found = index, count - 1, leaf(entry)
    for neighbour in neighbours:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node(neighbour, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, neighbour)
        place, last = place >> 1, last >> 1
    return last == 0 and found == wanted


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
