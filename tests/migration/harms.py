"""Ways in which what was copied, or the ledger of it, is harmed; each says which objects it spoiled."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence

from tests.migration.desk import Desk

Harm = Callable[[Desk, random.Random, Sequence[str]], set[str]]


def rewrite(desk: Desk, name: str, body: bytes) -> None:
    """Other bytes under all that was said of the object, its SHA-256 included."""
    head = desk.store.head(desk.path(name)).headers
    kept = {n: v for n, v in head.items() if n.lower().startswith("x-object-meta-")}
    kept |= {n: head[n] for n in ("Content-Type", "Cache-Control", "Content-Encoding") if n in head}
    assert desk.store.put(desk.path(name), headers=kept, data=body).status_code == 201


def _content(desk: Desk, name: str) -> bytes:
    got = desk.store.get(desk.path(name), headers={"Accept-Encoding": "identity"}, stream=True)
    return bytes(got.raw.read(decode_content=False))


def flip_on_disk(desk: Desk, content: bytes, bit: int = 0) -> None:
    """One bit of an object as Swift keeps it, found by what it holds."""
    for file in desk.swift.objects.rglob("*.data"):
        if file.stat().st_size == len(content) and file.read_bytes() == content:
            with file.open("r+b") as stream:
                stream.seek(bit // 8)
                stream.write(bytes([content[bit // 8] ^ 1 << bit % 8]))
            return
    raise AssertionError("no object holds this")


def bit_on_disk(desk: Desk, rng: random.Random, names: Sequence[str]) -> set[str]:
    """One bit below Swift: a plain object, or a segment of a large one."""
    name = next(one for one in names if len(_content(desk, one)) > 16)
    content = _content(desk, name)
    if "X-Static-Large-Object" in desk.store.head(desk.path(name)).headers:
        parts = desk.store.get(desk.path(name) + "?multipart-manifest=get").json()
        content = desk.store.get(rng.choice(parts)["name"]).content
    flip_on_disk(desk, content, rng.randrange(len(content) * 8))
    return {name}


def bit_rewritten(desk: Desk, rng: random.Random, names: Sequence[str]) -> set[str]:
    """One bit, by somebody who may write and keeps every header."""
    name = next(one for one in names if len(_content(desk, one)) > 16)
    content = bytearray(_content(desk, name))
    bit = rng.randrange(len(content) * 8)
    content[bit // 8] ^= 1 << bit % 8
    rewrite(desk, name, bytes(content))
    return {name}


def swapped(desk: Desk, _: random.Random, names: Sequence[str]) -> set[str]:
    """Two objects, each with what the other held."""
    first = names[0]
    second = next(name for name in names[1:] if _content(desk, name) != _content(desk, first))
    bodies = _content(desk, first), _content(desk, second)
    rewrite(desk, first, bodies[1])
    rewrite(desk, second, bodies[0])
    return {first, second}


def truncated(desk: Desk, rng: random.Random, names: Sequence[str]) -> set[str]:
    """Fewer bytes under the same headers."""
    name = next(one for one in names if _content(desk, one))
    content = _content(desk, name)
    rewrite(desk, name, content[: rng.randrange(len(content))])
    return {name}


def removed(desk: Desk, _: random.Random, names: Sequence[str]) -> set[str]:
    """Not there any more."""
    assert desk.store.delete(desk.path(names[0])).status_code == 204
    return {names[0]}


AT_TARGET: tuple[Harm, ...] = (bit_on_disk, bit_rewritten, swapped, truncated, removed)


def lost(desk: Desk, _: random.Random) -> None:
    """No ledger at all."""
    for file in desk.ledger.parent.glob("ledger.sqlite*"):
        file.unlink()


def torn(desk: Desk, rng: random.Random) -> None:
    """Some pages behind the first hold noise, or half of what they held: a disk that lied."""
    base = sqlite3.connect(desk.ledger)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    pages = desk.ledger.stat().st_size // 4096
    with desk.ledger.open("r+b") as stream:
        for page in rng.sample(range(1, pages), min(pages - 1, 3)):
            stream.seek(page * 4096 + rng.choice((0, 2048)))
            stream.write(rng.choice((rng.randbytes(2048), bytes(2048))))


def cut_off(desk: Desk, rng: random.Random) -> None:
    """The file ends early, as after a full disk; what was in its log is lost with it."""
    size = desk.ledger.stat().st_size
    for file in desk.ledger.parent.glob("ledger.sqlite-*"):
        file.unlink()
    with desk.ledger.open("r+b") as stream:
        stream.truncate(rng.randrange(size))


AT_LEDGER = (lost, torn, cut_off)
