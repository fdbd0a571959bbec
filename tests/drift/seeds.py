"""Reads tests/drift/kinds.yaml: what can be made to differ by hand, and what must then be said of it."""

from __future__ import annotations

import dataclasses
import os
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "kinds.yaml"


@dataclass(frozen=True)
class Seed:
    """One kind of drift; the keys are explained in the table."""

    kind: str
    field: str = ""
    state: str = "changed"
    also: tuple[str, ...] = ()
    thing: str = ""
    update: dict[str, Any] = dataclasses.field(default_factory=dict)
    create: dict[str, Any] = dataclasses.field(default_factory=dict)
    call: tuple[Any, ...] = ()
    undo: tuple[Any, ...] = ()
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    shows: dict[str, Any] = dataclasses.field(default_factory=dict)
    live: str = ""

    @property
    def name(self) -> str:
        """As tests are called."""
        return f"{self.kind}-{self.field or self.state}".replace(" ", "_")

    @property
    def fields(self) -> set[str]:
        """All fields that must be found."""
        return {self.field, *self.also} - {""}


def seeds() -> list[Seed]:
    """All of them; ValueError when a pair is there twice."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))["kinds"]
    found = [
        Seed(**{key: tuple(it) if isinstance(it, list) else it for key, it in row.items()}) for row in rows
    ]
    names = [one.name for one in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{FILE.name}: said twice: {', '.join(sorted(twice))}")
    return found


def today() -> str:
    """What a day's sample is drawn by: its date, or SOCLE_SEED to draw another day's again."""
    return os.environ.get("SOCLE_SEED") or datetime.now(UTC).strftime("%Y%m%d")


def sample(listed: Iterable[Seed], day: str, many: int) -> list[Seed]:
    """So many, each of another kind of thing: they can be made at once and told apart."""
    drawn = list(listed)
    random.Random(day).shuffle(drawn)  # noqa: S311
    one_each = {seed.kind: seed for seed in reversed(drawn)}
    return [seed for seed in drawn if one_each[seed.kind] is seed][:many]


def filled(value: Any, words: dict[str, str]) -> Any:
    """The value with its {words} filled in."""
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(f"{{{word}}}", text)
        return value
    if isinstance(value, dict):
        return {key: filled(one, words) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [filled(one, words) for one in value]
    return value
