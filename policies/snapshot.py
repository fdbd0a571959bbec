"""One stack as policies see it: its resources with plain values. Where they come from `wire` says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from policies.values import UNKNOWN, Secret, Unknown, Value, known

OPENSTACK = "openstack:"


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource: what the program asked for, and on a state what came of it.

    `kind`: the type without package and class (`networking/port`), or the whole type of another package.
    `depends`: by property, the URNs that its value was made from. `provider`: URN of its provider.
    """

    urn: str
    type: str
    name: str
    props: Mapping[str, Value]
    parent: str = ""
    depends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    ignored: tuple[str, ...] = ()
    provider: str = ""

    @property
    def kind(self) -> str:
        """`networking/port`; other packages keep their whole type."""
        if not self.type.startswith(OPENSTACK):
            return self.type
        return self.type.removeprefix(OPENSTACK).rpartition(":")[0]

    @property
    def shown(self) -> str:
        """For people: `networking/port local-bastion`."""
        return f"{self.kind} {self.name}"

    def get(self, name: str) -> Value:
        """The value, `None` when it is absent or null."""
        return self.props.get(name)

    def text(self, name: str) -> str | Unknown | None:
        """A string, `None` when absent; a secret's value is unknown here."""
        value = self.props.get(name)
        if isinstance(value, Secret | Unknown):
            return UNKNOWN
        return None if value is None else str(value)

    def flag(self, name: str) -> bool | Unknown | None:
        """A switch, `None` when absent; Terraform's own words for booleans count."""
        value = self.props.get(name)
        if not known(value):
            return UNKNOWN
        if value is None or isinstance(value, bool):
            return value
        return str(value).lower() in ("true", "1")

    def items(self, name: str) -> list[Value] | Unknown:
        """A list; a single value is a list of one, absence an empty one."""
        value = self.props.get(name)
        if not known(value):
            return UNKNOWN
        if value is None:
            return []
        return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Snapshot:
    """The resources of one stack, in the order of their registration."""

    resources: tuple[Resource, ...]

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> Snapshot:
        """From any order-keeping source."""
        return cls(tuple(resources))

    def __len__(self) -> int:
        """How many."""
        return len(self.resources)
