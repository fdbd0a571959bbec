"""A resource of a state, and how its values are read: what was said, what was noted, what is secret. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "openstack:"
_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - how Pulumi marks a value that it encrypted


@dataclass(frozen=True)
class Resource:
    """One that has an id. `inputs`: what the program said; `noted`: what the provider answered."""

    stack: str
    urn: str
    type: str
    id: str
    inputs: Mapping[str, Any]
    noted: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]

    def said(self, key: str, default: Any = "") -> Any:
        """What the program said, else the service's default."""
        value = self.inputs.get(key)
        return default if value is None or secret(value) else value

    def chosen(self, key: str, default: Any = "") -> Any:
        """The same of what a service chooses when the program leaves it to it."""
        value = self.inputs.get(key)
        value = self.noted.get(key) if value is None else value
        return default if value is None or secret(value) else value


class State:
    """All resources, and which of them speak of another one."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Of all stacks together: one stack's interface is on another one's router."""
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        for one in resources:
            self._by_type[one.type].append(one)

    def about(self, kind: str, key: str, value: Any) -> list[Resource]:
        """Resources of a type whose `key` is this value."""
        return [one for one in self._by_type[PREFIX + kind] if one.chosen(key) == value]

    def of(self, kind: str) -> list[Resource]:
        """Resources of a type."""
        return list(self._by_type[PREFIX + kind])


def secret(value: Any) -> bool:
    """Whether the state holds it encrypted."""
    return isinstance(value, Mapping) and _SECRET in value


def own(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table without what Pulumi writes between its keys."""
    return {key: value for key, value in table.items() if not key.startswith("__")}
