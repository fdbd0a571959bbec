"""Blobs of every kind that a source can hold, drawn from a seed: what they are called, hold and bear."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from azure.storage.blob import BlobBlock, ContainerClient, ContentSettings

LONGEST_NAME = 1024
"""Bytes that Swift takes; Azure takes so many characters."""
_SIZES = (0, 1, 511, 4095)
_PARTS = (
    "plain {}", "accents/é-composé {}", "decomposed/e\u0301 {}", "日本語/資料 {}.csv", "emoji/🗂 {}",
    " leading/ {}", "dots {}.", "many dots {}...", "slash {}/", "twice//{}", "percent %2F%20 {}",
    "marks ?#&+=@:;,'\"()[] {}", "Case {}", "case {}", "tilde~{}_-", "a tail of spaces {}  ",
)  # fmt: skip
_METADATA: tuple[dict[str, str], ...] = (
    {"Mixed_Case": "Value", "_under": "a=b&c%20d"},
    {"ALLCAPS": "x", "lower": "X"},
    {"Long": "y" * 700},
    {"blank": ""},
    {"quoted": "\"'; drop, or not"},
)


@dataclass(frozen=True)
class Made:
    """A blob to be. `staged`: uploaded in blocks, so that it has no Content-MD5."""

    name: str
    content: bytes
    more: dict[str, Any] = field(default_factory=dict)
    staged: bool = False

    @property
    def refused(self) -> bool:
        """Whether the target cannot take its name."""
        return len(self.name.encode()) > LONGEST_NAME


def draw(count: int, seed: int, buffer: int) -> list[Made]:
    """Exactly `count`, mostly small; some are as large as `buffer` (bytes), a byte around it, or thrice."""
    rng = random.Random(seed)  # noqa: S311 - to be drawn again
    return list(_drawn(count, rng, buffer))


def _drawn(count: int, rng: random.Random, buffer: int) -> Iterator[Made]:
    twin = rng.randbytes(2000)
    for number in range(count):
        odd = rng.random()
        size = rng.choice(_SIZES) if odd < 0.1 else rng.randrange(2048)
        if number % 100 == 7:
            size = rng.choice((buffer - 1, buffer, buffer + 1, 3 * buffer + 1))
        content = twin if number % 50 == 3 else rng.randbytes(size)
        yield Made(_name(rng, number), content, _said(rng, number), staged=number % 29 == 5)


def _name(rng: random.Random, number: int) -> str:
    if number % 97 == 11:
        return f"too long/{number:05}/" + rng.choice(("é", "語")) * 700
    if number % 3 == 0:
        return f"many/{number % 13:02}/{number:05}"
    return f"{number % 11:02}/" + rng.choice(_PARTS).format(f"{number:05}")


def _said(rng: random.Random, number: int) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if number % 17 == 2:
        said["metadata"] = rng.choice(_METADATA)
    if number % 31 == 4:
        said["tags"] = {"Base": "SNDS + co", "year": str(2000 + number % 30)}
    if number % 41 == 6:
        settings = ContentSettings(content_type="text/csv; header=present", cache_control="no-store")
        said["content_settings"] = settings
    return said


def upload(source: ContainerClient, made: Sequence[Made], threads: int = 6) -> None:
    """All of them, several at once."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda one: put(source, one), made))


def put(source: ContainerClient, one: Made) -> None:
    """One blob, in place of what had its name."""
    if not one.staged:
        source.upload_blob(one.name, one.content, overwrite=True, **one.more)
        return
    blob = source.get_blob_client(one.name)
    blob.stage_block("1", one.content or b"0")
    blob.commit_block_list([BlobBlock("1")] if one.content else [], **one.more)
