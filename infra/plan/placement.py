"""Which host stands where: zone or space, address, groups. Refuses what the tables do not allow."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from infra.config import FIRST_HOST, SPACES, Host, Platform, Profile, Space, Zones
from infra.plan.addresses import floating_capacity, host_address
from infra.plan.problem import Loc, PlanError, choose

LONGEST_LABEL = 63
"""Characters of a DNS label (RFC 1035): a server's name is its host name."""


@dataclass(frozen=True)
class Placed:
    """A host with its address; `name` is the server's full name, `zone` a zone or "spaces"."""

    name: str
    host: Host
    zone: str
    address: IPv4Address

    @property
    def groups(self) -> tuple[str, ...]:
        """The security groups the host is in: its zone's and each role's."""
        return f"zone/{self.zone}", *(f"role/{role}" for role in self.host.roles)


def place(
    platform: Platform, zones: Zones, profile: Profile, subnets: Mapping[str, IPv4Network]
) -> tuple[Placed, ...]:
    """Every host of the platform with its address, in the order they are declared."""
    for index, name in enumerate(platform.zones):
        if name not in zones.zones:
            raise PlanError("stack", ("zones", index), f"zone {name} is unknown; {choose(zones.zones)}")
    for index, host in enumerate(platform.hosts):
        if host.zone not in platform.zones:
            what = f"host {host.name} is in zone {host.zone}, not standing here; {choose(platform.zones)}"
            raise PlanError("stack", ("hosts", index, "zone"), what)
        _check(host, ("hosts", index), profile, f"zone {host.zone}", zones.zones[host.zone].roles)
    _spread(platform.hosts, profile)
    return tuple(
        Placed(
            f"{platform.environment}-{host.name}",
            host,
            host.zone,
            host_address(subnets[host.zone], host.number),
        )
        for host in platform.hosts
    )


def place_in_space(
    name: str, space: Space, zones: Zones, profile: Profile, networks: tuple[IPv4Network, IPv4Network]
) -> tuple[Placed, ...]:
    """Every host of the space called `name` with its address, in the order they are declared.

    `networks`: the space's subnet and its transit network.
    """
    subnet, transit = networks
    room = floating_capacity(transit)
    if len(space.hosts) > room:
        what = (
            f"hosts: {len(space.hosts)} are too many, transit network {transit} has addresses for {room}; "
            "take fewer, or open another space"
        )
        raise PlanError("stack", ("hosts", room), what)
    last = subnet.num_addresses - 2
    for index, host in enumerate(space.hosts):
        _check(host, ("hosts", index), profile, SPACES, zones.spaces.roles)
        if host.number > last:
            what = (
                f"host {host.name} has number {host.number}, but {subnet} holds {FIRST_HOST} to {last}; "
                "take one of those"
            )
            raise PlanError("stack", ("hosts", index, "number"), what)
        full = f"{space.environment}-{name}-{host.name}"
        if len(full) > LONGEST_LABEL:
            what = f"host {host.name} would be called {full}, longer than {LONGEST_LABEL}; shorten its name"
            raise PlanError("stack", ("hosts", index, "name"), what)
    _spread(space.hosts, profile)
    return tuple(
        Placed(f"{space.environment}-{name}-{host.name}", host, SPACES, host_address(subnet, host.number))
        for host in space.hosts
    )


def _check(host: Host, loc: Loc, profile: Profile, where: str, allowed: Iterable[str]) -> None:
    for position, role in enumerate(host.roles):
        if role not in allowed:
            what = (
                f"host {host.name} has role {role}, which may not live in {where}; "
                f"{choose(allowed)}, or allow it in zones.yaml"
            )
            raise PlanError("stack", (*loc, "roles", position), what)
    if host.size not in profile.sizes:
        what = f"host {host.name} has size {host.size}, which {profile.name} lacks; {choose(profile.sizes)}"
        raise PlanError("stack", (*loc, "size"), what)


def _spread(hosts: Sequence[Host], profile: Profile) -> None:
    members = Counter(host.placement_group for host in hosts if host.placement_group)
    for index, host in enumerate(hosts):
        if host.placement_group and not profile.features.anti_affinity:
            what = (
                f"placement group {host.placement_group} keeps hosts apart, which profile {profile.name} "
                "cannot (anti_affinity); leave it out here"
            )
            raise PlanError("stack", ("hosts", index, "placement_group"), what)
        if host.placement_group and members[host.placement_group] > profile.hypervisors:
            raise PlanError(
                "stack",
                ("hosts", index, "placement_group"),
                f"placement group {host.placement_group} has {members[host.placement_group]} hosts, but "
                f"profile {profile.name} has {profile.hypervisors} hypervisor(s); leave it out here",
            )
