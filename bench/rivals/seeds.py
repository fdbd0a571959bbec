"""Reads seeds/*.yaml: each is two small stacks, one with a single thing wrong and a twin without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bench.rivals.kinds import NAMELESS, PROVIDER

FOLDER = Path(__file__).parent / "seeds"
FILES = ("network", "hosts", "rest")
ENVIRONMENT = "rivals"
"""What names begin with, and the tag `env`: whoever cleans up knows them by it."""
BAD, GOOD = "bad", "good"
Things = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Seed:
    """One misconfiguration. `live`, `twin`: why it, or its twin alone, cannot be made in a cloud."""

    id: str
    title: str
    sources: tuple[str, ...]
    bad: Things
    good: Things
    wrong: Mapping[str, Any]
    live: str = ""
    twin: str = ""

    @property
    def at(self) -> tuple[str, str]:
        """Terraform type and argument of what is wrong, the first where it is in several places."""
        key = next(iter(self.wrong))
        said = self.wrong[key]
        type_ = (self.bad.get(key) or self.good[key])["type"]
        return type_, "" if said is None or "type" in said else next(iter(said))


@dataclass(frozen=True)
class Case:
    """One stack of a seed. A thing of it has the same name in every tool: `rivals-<seed>-<side>-<key>`."""

    seed: Seed
    side: str

    @property
    def name(self) -> str:
        """`ssh-open-bad`."""
        return f"{self.seed.id}-{self.side}"

    @property
    def things(self) -> Things:
        """By key, what it is made of: Terraform types and arguments, references unsolved."""
        return self.seed.bad if self.side == BAD else self.seed.good

    def called(self, key: str) -> str:
        """The name of one of its things, also where the thing itself has none."""
        return f"{ENVIRONMENT}-{self.name}-{key}"


@cache
def load() -> tuple[Seed, ...]:
    """All, in the order of the files. KeyError, ValueError when a file names what there is not."""
    bases = _read("bases")["bases"]
    found = [_seed(id_, said, bases) for file in FILES for id_, said in _read(file).items()]
    ids = [one.id for one in found]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise ValueError(f"two seeds are called {min(twice)}")
    return tuple(found)


def cases(seeds: Sequence[Seed]) -> list[Case]:
    """Two of each seed, the wrong one first."""
    return [Case(one, side) for one in seeds for side in (BAD, GOOD)]


def names(seeds: Sequence[Seed]) -> dict[str, tuple[Case, str]]:
    """By the name of a thing, its case and its key. ValueError when two things share one."""
    found: dict[str, tuple[Case, str]] = {}
    for case in cases(seeds):
        for key in case.things:
            if case.called(key) in found:
                raise ValueError(f"two things are called {case.called(key)}")
            found[case.called(key)] = (case, key)
    return found


def arguments(case: Case, key: str, now: datetime | None = None) -> dict[str, Any]:
    """Of one thing, its name included where its type has one; days to come are dates, counted from `now`."""
    said = {name: _dated(value, now or datetime.now(UTC)) for name, value in case.things[key].items()}
    kind = said.pop("type")
    if kind not in (*NAMELESS, PROVIDER):
        said.setdefault("name", case.called(key))
    return said


def references(value: Any) -> Iterator[str]:
    """The keys of things that a value was made from."""
    if isinstance(value, dict):
        if "ref" in value:
            yield value["ref"]
        else:
            for one in value.values():
                yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def _seed(id_: str, said: dict[str, Any], bases: Mapping[str, Things]) -> Seed:
    good = _ordered(_over(bases[said["base"]], said.get("given", {})))
    wrong = said["wrong"]
    bad = _ordered(_over(good, wrong))
    if bad == good:
        raise ValueError(f"seed {id_} is as its twin")
    more = {name: said.get(name, "") for name in ("live", "twin")}
    return Seed(id_, said["title"], tuple(said["sources"]), bad, good, wrong, **more)


def _over(things: Things, changes: Mapping[str, Mapping[str, Any] | None]) -> Things:
    """Other arguments, more things; null takes an argument or a thing away."""
    made = deepcopy(things)
    for key, said in changes.items():
        if said is None:
            del made[key]
            continue
        merged = {**made.get(key, {}), **deepcopy(dict(said))}
        made[key] = {name: value for name, value in merged.items() if value is not None}
        if "type" not in made[key]:
            raise ValueError(f"{key}: there is no such thing to change")
    return made


def _ordered(things: Things) -> Things:
    """What a thing refers to before it. KeyError when it refers to what there is not."""
    made: Things = {}

    def place(key: str) -> None:
        if key not in made:
            for one in references(things[key]):
                place(one)
            made[key] = things[key]

    for key in things:
        place(key)
    return made


def _dated(value: Any, now: datetime) -> Any:
    if isinstance(value, dict):
        if set(value) == {"days"}:
            return f"{now + timedelta(days=value['days']):%Y-%m-%dT00:00:00Z}"
        return {key: _dated(one, now) for key, one in value.items()}
    return [_dated(one, now) for one in value] if isinstance(value, list) else value
