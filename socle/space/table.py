"""A space's stack file: written anew or changed key by key, comments kept. load_space judges it."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from infra import stackfile
from infra.facts import FactError
from infra.specification import SpaceSpecification, load, load_space
from infra.stackfile import PROJECT, environment_of, stack_file, stack_name, stacks_said
from socle.errors import UserError
from socle.identity import write_private
from socle.space.request import Changes

HEAD = """\
# A project space of the environment "{environment}". Its name is the stack's.
# number: gives the space its subnet and its transit network; for life, and never another space's.
# phase: open; frozen (nobody in, nothing out, all kept); closed (only volumes and containers are left).
# expiry: the last day that people may work in it; an open space is not brought up after that.
# bases: those of the catalogue that it may read.
"""


def space_stack(environment: str, name: str) -> str:
    """The stack of a space; UserError when the name cannot be one."""
    try:
        return stack_name(f"{environment}-space-{name}")
    except FactError:
        fix = "take at most 30 lower-case letters, digits and hyphens: a letter first, no hyphen last"
        raise UserError(f"{name!r} cannot name a space", "", fix) from None


def loaded(stack: str, root: Path | None = None) -> SpaceSpecification:
    """The space as its file says it; UserError, with file and line, when it is wrong or not there."""
    try:
        return load_space(stack, root)
    except FactError as error:
        raise UserError(str(error)) from None


def standing(stack: str) -> SpaceSpecification | None:
    """The same; None when the space has no file."""
    return loaded(stack) if stack_file(stack).exists() else None


def free_number(environment: str) -> int:
    """The lowest number that no space of the environment has or had."""
    base = load(f"{environment}-platform")
    taken: set[object] = set(base.zones.spaces.retired)
    taken |= {
        said.get("number") for stack, said in stacks_said("space") if environment_of(stack) == environment
    }
    return next(number for number in range(len(taken) + 1) if number not in taken)


def written(environment: str, said: Mapping[str, Any]) -> str:
    """The text of a new space's file."""
    text = io.StringIO()
    _yaml().dump({"config": {f"{PROJECT}:layer": "space", f"{PROJECT}:space": dict(said)}}, text)
    start, _, rest = text.getvalue().partition("\n")
    return f"{start}\n{HEAD.format(environment=environment)}{rest}"


def changed(stack: str, changes: Changes) -> str:
    """The text of the space's file with these values in its table; all else stays as it is."""
    yaml = _yaml()
    document = yaml.load(stack_file(stack).read_text(encoding="utf-8"))
    table = document["config"][f"{PROJECT}:space"]
    for (*way, key), value in changes.items():
        around = reduce(getitem, way, table)
        if isinstance(value, list):
            around[key].clear()  # rather than replaced: it keeps how it is written
            around[key].extend(value)
        else:
            around[key] = value
    text = io.StringIO()
    yaml.dump(document, text)
    return text.getvalue()


@contextmanager
def changing() -> Iterator[None]:
    """Alone among those who change the tables: what is read in here is still so when it is written.

    Nobody is asked anything in here: whoever else changes a space waits. A checkout's folder is the lock.
    """
    descriptor = os.open(stackfile.ROOT / "stacks", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def trial(stack: str, text: str) -> Iterator[Path]:
    """A copy of the tables in which the stack's file says `text`: judged there before it is kept."""
    with tempfile.TemporaryDirectory(prefix="socle-space-") as folder:
        root = Path(folder)
        shutil.copytree(stackfile.ROOT / "stacks", root / "stacks")
        stack_file(stack, root).write_text(text, encoding="utf-8")
        yield root


def retire(stack: str, number: int) -> None:
    """Nobody gets the number again, and the space's file goes; nothing to do twice.

    First the number: killed in between, it is said twice, which is refused, rather than given twice.
    """
    with changing():
        _retire(number)
        stack_file(stack).unlink(missing_ok=True)


def _retire(number: int) -> None:
    zones = stackfile.ROOT / "stacks/zones.yaml"
    yaml = _yaml()
    document = yaml.load(zones.read_text(encoding="utf-8"))
    retired = document["spaces"]["retired"]
    if number not in retired:
        retired.append(number)
        text = io.StringIO()
        yaml.dump(document, text)
        write_private(zones, text.getvalue().encode(), 0o644)


def keep(stack: str, text: str) -> None:
    """Make `text` the stack's file, whole or not at all."""
    write_private(stack_file(stack), text.encode(), 0o644)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 110
    yaml.explicit_start = True
    yaml.preserve_quotes = True
    return yaml
