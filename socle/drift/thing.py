"""What a thing in the cloud is to the comparison, declared or found; how values are made comparable. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MASKED = frozenset(("temp_url_key", "temp_url_key_2", "sync_key"))
"""Fields whose value is a secret: the listing keeps only whether there is one."""


@dataclass(frozen=True)
class Thing:
    """Something that the cloud has. `within`: the id of what it is a part of, such as a rule's group.

    `guest`: why nobody has to declare it; empty when somebody has to. `traces`: who made it and when, see
    traces.py.
    """

    kind: str
    id: str
    name: str
    fields: Mapping[str, Any]
    within: str = ""
    guest: str = ""
    traces: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """As reports call it."""
        return f"{self.kind} {self.name or self.id}"


@dataclass(frozen=True)
class Declared:
    """The same as a stack's state declares it. `item`: where GET tells whether one is there at all."""

    kind: str
    id: str
    name: str
    fields: Mapping[str, Any]
    urn: str = ""
    stack: str = ""
    within: str = ""

    @property
    def label(self) -> str:
        """As reports call it."""
        return f"{self.kind} {self.name or self.id}"


@dataclass(frozen=True)
class Inventory:
    """All that was listed. `unread`: why a kind could not be read whole; it may be there in part.

    `requests`: how many of each sort: `bulk` for pages of lists, `item` for reads of one thing each.
    """

    things: Mapping[str, tuple[Thing, ...]]
    unread: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    skew: float | None = None
    """By how many seconds the cloud's clock was ahead of ours; None when no service told its time."""


def plain(value: Any) -> Any:
    """A value as it is compared: no value and an empty text are the same to every service."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def ordered(values: Iterable[Any]) -> list[Any]:
    """A list whose order means nothing, in one order."""
    return sorted((plain(one) for one in values), key=str)


def flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by name; what is a table of its own (metadata) becomes a field for each key."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        said = plain(value)
        if isinstance(said, dict):
            found |= {f"{name}.{key}": one for key, one in said.items()}
        else:
            found[name] = said
    return found


def tables(fields: Mapping[str, Any]) -> frozenset[str]:
    """Names of the fields that are tables of their own."""
    return frozenset(name for name, value in fields.items() if isinstance(value, Mapping))
