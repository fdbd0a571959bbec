"""An environment as a whole, platform and spaces, and who in it a question may be about."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from infra.config import SPACES
from infra.plan.placement import Placed
from infra.plan.plan import Plan, SpacePlan
from infra.plan.rules import Direction, Perimeter

OUTSIDE, NOWHERE = "outside", "nowhere"


@dataclass(frozen=True)
class Party:
    """One side of a question. `where`: a zone, "spaces", "outside", or "nowhere" of the environment.

    `seen`: its addresses as everybody outside its own space sees them. `groups` and `guard` are None for
    what is no host of ours and so filters nothing.
    """

    label: str
    where: str
    own: tuple[IPv4Network, ...]
    seen: tuple[IPv4Network, ...]
    space: SpacePlan | None = None
    groups: tuple[str, ...] | None = None
    guard: Perimeter | None = None

    def seen_by(self, other: "Party", direction: Direction) -> tuple[IPv4Network, ...]:
        """Its addresses in what `other` receives from it (ingress) or sends to it (egress)."""
        if self.space is not None and self.space is other.space:
            return self.own
        if direction == "ingress" and other.space is not None and other.space.places.arrivals:
            return (other.space.places.arrivals,)
        return self.seen


@dataclass(frozen=True)
class Landscape:
    """The platform's plan and that of each space, by the space's name."""

    environment: str
    plan: Plan
    spaces: Mapping[str, SpacePlan]

    def party(self, name: str) -> Party:
        """A host (short or full name), zone/<zone>, space/<space>, outside/<name>, an address or a prefix.

        A zone or space stands for any host in it, whatever its roles. KeyError when there is none.
        """
        for placed in self.plan.hosts:
            if name in self._names(placed):
                return self._host(placed, None)
        for space in self.spaces.values():
            for placed in space.hosts:
                if name in self._names(placed):
                    return self._host(placed, space)
        kind, _, what = name.partition("/")
        if kind == "zone" and what in self.plan.subnets:
            subnet = (self.plan.subnets[what],)
            return Party(name, what, subnet, subnet, None, (name,), self.plan.perimeter)
        if kind == "space" and what in self.spaces:
            return self._space(name, self.spaces[what])
        if kind == OUTSIDE and name in self.plan.places.prefixes:
            prefixes = self.plan.places.prefixes[name]
            return Party(name, OUTSIDE, prefixes, prefixes)
        try:
            return self._addresses(IPv4Network(name))
        except ValueError:
            raise KeyError(name) from None

    def names(self) -> list[str]:
        """Every name that a party may be called by, each once; addresses left out."""
        hosts = [placed.name for placed in self.plan.hosts]
        hosts += [placed.name for space in self.spaces.values() for placed in space.hosts]
        zones = [f"zone/{name}" for name in self.plan.subnets]
        outside = [name for name in self.plan.places.prefixes if name.startswith(f"{OUTSIDE}/")]
        return [*hosts, *zones, *(f"space/{name}" for name in self.spaces), *outside]

    def _names(self, placed: Placed) -> tuple[str, str, str]:
        return placed.name, placed.name.removeprefix(f"{self.environment}-"), str(placed.address)

    def _host(self, placed: Placed, space: SpacePlan | None) -> Party:
        own = (IPv4Network(placed.address),)
        seen, guard = own, self.plan.perimeter
        if space is not None:
            seen, guard = (space.transit,), space.perimeter
        return Party(placed.name, placed.zone, own, seen, space, placed.groups, guard)

    def _space(self, label: str, space: SpacePlan) -> Party:
        groups = (f"zone/{SPACES}",)
        return Party(label, SPACES, (space.subnet,), (space.transit,), space, groups, space.perimeter)

    def _addresses(self, prefix: IPv4Network) -> Party:
        for space in self.spaces.values():
            if prefix.subnet_of(space.transit) or prefix.subnet_of(space.subnet):
                return self._space(f"{prefix} (space {space.name})", space)
        where = OUTSIDE
        if prefix.subnet_of(self.plan.network):
            zones = [zone for zone, subnet in self.plan.subnets.items() if prefix.subnet_of(subnet)]
            where = zones[0] if zones else NOWHERE
        return Party(f"{prefix} (no host of ours)", where, (prefix,), (prefix,))
