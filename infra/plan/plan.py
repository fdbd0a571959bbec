"""The whole plan of an environment, from its four tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from infra.config import Flows, Platform, Profile, Zones
from infra.plan.addresses import zone_subnets
from infra.plan.placement import Placed, place
from infra.plan.rules import Perimeter, Places, perimeter, places


@dataclass(frozen=True)
class Plan:
    """Where everything stands and what may talk to what."""

    subnets: Mapping[str, IPv4Network]
    """Subnet of each zone that stands in this environment."""
    hosts: tuple[Placed, ...]
    places: Places
    perimeter: Perimeter


def make_plan(platform: Platform, zones: Zones, flows: Flows, profile: Profile) -> Plan:
    """The plan, or PlanError. The same tables give the same plan, in whatever order they are written."""
    subnets = zone_subnets(platform.network, zones)
    hosts = place(platform, zones, profile, subnets)
    where = places(platform, zones, profile, subnets, hosts)
    standing = {name: subnets[name] for name in platform.zones}
    return Plan(standing, hosts, where, perimeter(flows, profile, where))
