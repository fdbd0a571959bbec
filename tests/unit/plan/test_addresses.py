"""The address plan: disjoint, inside, and unmoved by what comes and goes."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.config import FIRST_HOST, LAST_HOST, Zones
from infra.plan.addresses import (
    core,
    floating_capacity,
    gateway,
    host_address,
    pool,
    space_networks,
    transit_block,
    transit_pool,
    zone_subnets,
)
from infra.plan.problem import PlanError
from tests.unit.plan.tables import NETWORK, zones, zones_of

SPACE_NUMBERS = st.lists(st.integers(0, 511), min_size=2, max_size=40, unique=True)


@settings(max_examples=200)
@given(zones(), SPACE_NUMBERS)
def test_all_subnets_are_disjoint_and_inside_their_shares(table: Zones, numbers: list[int]) -> None:
    subnets = zone_subnets(NETWORK, table)
    eighths = list(NETWORK.subnets(prefixlen_diff=3))
    upper = list(NETWORK.subnets(prefixlen_diff=1))[1]
    assert set(subnets) == set(table.zones)
    assert all(subnet.subnet_of(eighths[0]) and subnet.prefixlen == 24 for subnet in subnets.values())
    assert transit_block(NETWORK) == eighths[1]
    spaces = [space_networks(NETWORK, table, number) for number in numbers]
    assert all(subnet.subnet_of(upper) and subnet.prefixlen == 26 for subnet, _ in spaces)
    assert all(transit.subnet_of(eighths[1]) and transit.prefixlen == 28 for _, transit in spaces)
    everything = [*subnets.values(), *(network for pair in spaces for network in pair)]
    assert not any(one.overlaps(other) for one, other in combinations(everything, 2))


@settings(max_examples=200)
@given(zones(minimum=2), st.data())
def test_removing_or_adding_a_zone_moves_no_other(table: Zones, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(sorted(table.zones)))
    fewer = zones_of({name: zone.index for name, zone in table.zones.items() if name != gone})
    before, after = zone_subnets(NETWORK, table), zone_subnets(NETWORK, fewer)
    assert {name: before[name] for name in after} == after
    assert space_networks(NETWORK, table, 7) == space_networks(NETWORK, fewer, 7)


@given(zones(), st.integers(FIRST_HOST, LAST_HOST))
def test_a_host_never_has_a_routers_or_the_providers_address(table: Zones, number: int) -> None:
    for subnet in zone_subnets(NETWORK, table).values():
        address = host_address(subnet, number)
        first, last = pool(subnet)
        assert address in subnet
        assert address not in (subnet.network_address, subnet.broadcast_address)
        assert gateway(subnet) < core(subnet) < first < last < address


def test_a_transit_network_holds_its_router_and_twelve_hosts() -> None:
    transit = IPv4Network("10.16.32.16/28")
    first, last = transit_pool(transit)
    assert (str(gateway(transit)), str(first), str(last)) == ("10.16.32.17", "10.16.32.18", "10.16.32.30")
    assert floating_capacity(transit) == 12


def test_a_zone_beyond_the_network_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        PlanError, match=r"zone z1 has index 32, but 10\.16\.0\.0/16 holds zones 0 to 31; take a free"
    ):
        zone_subnets(NETWORK, zones_of({"z0": 31, "z1": 32}))


@pytest.mark.parametrize(("network", "last"), [("10.16.0.0/16", 511), ("10.16.0.0/20", 31)])
def test_a_space_beyond_the_network_is_refused_with_the_way_out(network: str, last: int) -> None:
    table = zones_of({"z0": 0})
    space_networks(IPv4Network(network), table, last)
    with pytest.raises(PlanError, match=rf"{last + 1} is too high, {network} holds spaces 0 to {last}; take"):
        space_networks(IPv4Network(network), table, last + 1)


def test_a_network_too_small_for_any_zone_is_refused() -> None:
    with pytest.raises(
        PlanError, match=r"10\.0\.0\.0/22 is too small for zones of /24; take a /21 or larger"
    ):
        zone_subnets(IPv4Network("10.0.0.0/22"), zones_of({"z0": 0}))
    smallest = IPv4Network("10.0.0.0/21")
    assert zone_subnets(smallest, zones_of({"z0": 0}))["z0"] == IPv4Network("10.0.0.0/24")
    assert space_networks(smallest, zones_of({"z0": 0}), 15)
