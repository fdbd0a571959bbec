"""The committed flow matrix: by stack and group, the rules that were agreed on. Each file is read once.

`{"format": "socle-flow-matrix/1", "stacks": {"<stack>": {"<group>": [rows]}}}`; a row has
direction, protocol, ports and remote, as `python -m infra.agreed` writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
FORMAT: Final = "socle-flow-matrix/1"


class MatrixError(Exception):
    """The file cannot be used; the text says why in one line."""


@dataclass(frozen=True, order=True)
class Row:
    """One rule: `ports` as `22` or `1-1024`, `remote` a prefix or `group <name>`."""

    direction: str
    protocol: str
    ports: str
    remote: str

    def __str__(self) -> str:
        """`ingress tcp 22 10.0.0.0/8`."""
        return f"{self.direction} {self.protocol} {self.ports} {self.remote}"


def stack_of(urn: str) -> str:
    """The stack's name in a URN."""
    return urn.split("::", maxsplit=1)[0].rpartition(":")[2]


def rows(said: str, stack: str) -> dict[str, frozenset[Row]] | None:
    """By group, what was agreed on for the stack; None when the file does not name it. Raises MatrixError."""
    path = HERE / said
    try:
        return _read(path, path.stat().st_mtime_ns).get(stack)
    except OSError:
        raise MatrixError(f"flow matrix {said}: no such file, seen from the pack's folder") from None


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> dict[str, dict[str, frozenset[Row]]]:  # noqa: ARG001  # the cache's key
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise MatrixError(f"flow matrix {path.name}: is not of format {FORMAT}")
        return {
            stack: {group: frozenset(Row(**one) for one in listed) for group, listed in groups.items()}
            for stack, groups in document["stacks"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MatrixError(f"flow matrix {path.name}: cannot be read ({type(error).__name__})") from None
