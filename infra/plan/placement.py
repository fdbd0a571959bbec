"""Which host stands where: zone, address, groups. Refuses what the tables do not allow."""

from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from infra.config import Host, Platform, Profile, Zones
from infra.plan.addresses import host_address
from infra.plan.problem import Loc, PlanError


@dataclass(frozen=True)
class Placed:
    """A host with its address; `name` is the server's full name."""

    name: str
    host: Host
    address: IPv4Address

    @property
    def groups(self) -> tuple[str, str]:
        """The two security groups every host is in."""
        return f"zone/{self.host.zone}", f"role/{self.host.role}"


def place(
    platform: Platform, zones: Zones, profile: Profile, subnets: dict[str, IPv4Network]
) -> tuple[Placed, ...]:
    """Every host of the stack with its address, in the order they are declared."""
    for index, name in enumerate(platform.zones):
        if name not in zones.zones:
            raise PlanError("stack", ("zones", index), f"zone {name} is unknown; {_choose(zones.zones)}")
    for index, host in enumerate(platform.hosts):
        _check(host, ("hosts", index), platform, zones, profile)
    _spread(platform, profile)
    return tuple(
        Placed(f"{platform.environment}-{host.name}", host, host_address(subnets[host.zone], host.number))
        for host in platform.hosts
    )


def _check(host: Host, loc: Loc, platform: Platform, zones: Zones, profile: Profile) -> None:
    if host.zone not in platform.zones:
        what = f"host {host.name} is in zone {host.zone}, not standing here; {_choose(platform.zones)}"
        raise PlanError("stack", (*loc, "zone"), what)
    if host.role not in zones.zones[host.zone].roles:
        what = (
            f"host {host.name} has role {host.role}, which may not live in zone {host.zone}; "
            f"{_choose(zones.zones[host.zone].roles)}, or allow it in zones.yaml"
        )
        raise PlanError("stack", (*loc, "role"), what)
    if host.size not in profile.sizes:
        what = f"host {host.name} has size {host.size}, which {profile.name} lacks; {_choose(profile.sizes)}"
        raise PlanError("stack", (*loc, "size"), what)


def _spread(platform: Platform, profile: Profile) -> None:
    members = Counter(host.placement_group for host in platform.hosts if host.placement_group)
    for index, host in enumerate(platform.hosts):
        if host.placement_group and members[host.placement_group] > profile.hypervisors:
            raise PlanError(
                "stack",
                ("hosts", index, "placement_group"),
                f"placement group {host.placement_group} has {members[host.placement_group]} hosts, but "
                f"profile {profile.name} has {profile.hypervisors} hypervisor(s); leave it out here",
            )


def _choose(names: object) -> str:
    return "choose " + ", ".join(sorted(names)) if names else "there is none to choose"  # type: ignore[call-overload]
