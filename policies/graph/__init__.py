"""What the policies of one run read: built once, shared by all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from policies.graph.labels import labels
from policies.graph.perimeter import Perimeter
from policies.graph.reach import Reach
from policies.graph.refs import Index, Refs
from policies.graph.topology import INSTANCE, NETWORK, Nic, Topology
from policies.snapshot import Resource, Snapshot

__all__ = ["Graph", "Nic", "Refs"]
T = TypeVar("T")


class Graph:
    """Index, perimeter, topology and reachability of a stack; each part is made when first asked for."""

    def __init__(
        self,
        snapshot: Snapshot,
        internal: frozenset[str] = frozenset(),
        names: Mapping[str, str] | None = None,
    ) -> None:
        """`internal`: networks of other stacks that are not the internet. `names`: for `labels`."""
        self.snapshot, self._internal, self._names = snapshot, internal, names or {}
        self._kept: dict[str, Any] = {}

    def once(self, what: str, make: Callable[[], T]) -> T:
        """What a policy needs of all resources: made for the first that asks, so all are walked once."""
        if what not in self._kept:
            self._kept[what] = make()
        kept: T = self._kept[what]
        return kept

    @cached_property
    def index(self) -> Index:
        """By URN, kind, id, name."""
        return Index(self.snapshot)

    @cached_property
    def perimeter(self) -> Perimeter:
        """Security groups and rules."""
        return Perimeter.of(self.index)

    @cached_property
    def topology(self) -> Topology:
        """Networks, routers, cards."""
        return Topology.of(self.index, self._names)

    @cached_property
    def reach(self) -> Reach:
        """Who can send to whom."""
        return Reach(self.index, self.perimeter, self.topology, self._internal)

    def follow(self, source: Resource, prop: str, *kinds: str, key: str = "") -> Refs:
        """What a property points to; see `Index.follow`."""
        return self.index.follow(source, prop, *kinds, key=key)

    def labels(self, resource: Resource) -> dict[str, str]:
        """What a resource says about itself."""
        return labels(resource, self._names)

    def nics_of(self, resource: Resource) -> list[Nic]:
        """The cards of a server or a port."""
        at = self.topology
        return at.by_server.get(resource.urn) or at.by_owner.get(resource.urn, [])

    def of_role(self, *roles: str) -> list[Nic]:
        """Cards of hosts that have one of these roles."""
        wanted = frozenset(roles)
        asked = f"cards of {sorted(wanted)}"
        return self.once(asked, lambda: [one for one in self.topology.nics if one.roles & wanted])

    def network_labels(self, resource: Resource, prop: str) -> list[dict[str, str]]:
        """Labels of the networks that a property points to."""
        return [self.labels(one) for one in self.follow(resource, prop, NETWORK).found]

    def server(self, resource: Resource, prop: str) -> list[Resource]:
        """The servers that a property points to."""
        return list(self.follow(resource, prop, INSTANCE).found)
