"""Whole plans: of an environment's platform, and of one project space beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Protocol

from infra.config import Flows, Platform, Profile, Space, Zones
from infra.plan.addresses import space_networks, transit_block, zone_subnets
from infra.plan.admissible import check_flows
from infra.plan.data import check_versions
from infra.plan.identity import Grant, grants
from infra.plan.placement import Placed, place, place_in_space
from infra.plan.rules import Perimeter, Places, perimeter, platform_places, space_places
from infra.plan.tenancy import check_quota


class Guarded(Protocol):
    """What any plan has: hosts, and the rules that guard them."""

    @property
    def hosts(self) -> tuple[Placed, ...]:
        """Every host of the stack."""

    @property
    def perimeter(self) -> Perimeter:
        """Its groups and rules."""


@dataclass(frozen=True)
class Plan:
    """Where everything of a platform stands and what may talk to what."""

    network: IPv4Network
    subnets: Mapping[str, IPv4Network]
    """Subnet of each zone that stands in this environment."""
    gateways: frozenset[str]
    """Those of them that the edge router serves."""
    transits: IPv4Network
    """Block of the transit networks of all spaces, whether any stands or not."""
    hosts: tuple[Placed, ...]
    places: Places
    perimeter: Perimeter


@dataclass(frozen=True)
class SpacePlan:
    """The same for one project space. `transit` is what the platform sees of it.

    `declared`: every host of its table; `hosts`: those that run in its phase. `grants`: its application
    credentials; none where the provider delegates no projects.
    """

    name: str
    subnet: IPv4Network
    transit: IPv4Network
    declared: tuple[Placed, ...]
    hosts: tuple[Placed, ...]
    places: Places
    perimeter: Perimeter
    grants: tuple[Grant, ...] = ()


def make_plan(platform: Platform, zones: Zones, flows: Flows, profile: Profile) -> Plan:
    """The plan, or PlanError. The same tables give the same plan, in whatever order they are written."""
    subnets = zone_subnets(platform.network, zones)
    hosts = place(platform, zones, profile, subnets)
    where = platform_places(platform, zones, profile, subnets, hosts)
    check_flows(flows, zones, profile)
    check_versions(profile, "container", [platform.container.name])
    return Plan(
        network=platform.network,
        subnets={name: subnets[name] for name in platform.zones},
        gateways=frozenset(name for name in platform.zones if zones.zones[name].gateway),
        transits=transit_block(platform.network),
        hosts=hosts,
        places=where,
        perimeter=perimeter(flows, where),
    )


def make_space_plan(
    name: str, space: Space, *, plan: Plan, zones: Zones, flows: Flows, profile: Profile
) -> SpacePlan:
    """The plan of the space called `name` beside the platform's `plan`, or PlanError.

    It follows from the space's own table and the platform's facts: no other space is looked at. One that is
    not open has no rules: nothing may come in or go out.
    """
    check_quota(space, profile)
    subnet, transit = space_networks(plan.network, zones, space.number)
    declared = place_in_space(name, space, zones, profile, (subnet, transit))
    arrivals = transit if profile.features.snat_both_ways else None
    where = space_places(plan.places, subnet, declared, arrivals)
    guarded = perimeter(flows, where)
    given = grants(name, space) if profile.delegates_projects else ()
    if space.phase == "open":
        return SpacePlan(name, subnet, transit, declared, declared, where, guarded, given)
    return SpacePlan(name, subnet, transit, declared, (), where, Perimeter(guarded.groups, {}), given)
