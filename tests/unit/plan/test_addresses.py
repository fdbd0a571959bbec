"""The address plan: disjoint, inside, and unmoved by what comes and goes."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.config import FIRST_HOST, LAST_HOST, Zones
from infra.plan.addresses import gateway, host_address, pool, zone_subnets
from infra.plan.problem import PlanError
from tests.unit.plan.tables import zones, zones_of

NETWORK = IPv4Network("10.16.0.0/16")


@given(zones())
def test_subnets_are_disjoint_and_inside_the_share_of_zones(table: Zones) -> None:
    subnets = zone_subnets(NETWORK, table)
    share = next(NETWORK.subnets(prefixlen_diff=3))
    assert set(subnets) == set(table.zones)
    assert all(subnet.subnet_of(share) and subnet.prefixlen == 24 for subnet in subnets.values())
    assert not any(one.overlaps(other) for one, other in combinations(subnets.values(), 2))


@given(zones(minimum=2), st.data())
def test_removing_or_adding_a_zone_moves_no_other(table: Zones, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(sorted(table.zones)))
    fewer = zones_of({name: zone.index for name, zone in table.zones.items() if name != gone})
    before, after = zone_subnets(NETWORK, table), zone_subnets(NETWORK, fewer)
    assert {name: before[name] for name in after} == after


@given(zones(), st.integers(FIRST_HOST, LAST_HOST))
def test_a_host_never_has_the_gateways_or_the_providers_address(table: Zones, number: int) -> None:
    for subnet in zone_subnets(NETWORK, table).values():
        address = host_address(subnet, number)
        first, last = pool(subnet)
        assert address in subnet
        assert address not in (gateway(subnet), subnet.network_address, subnet.broadcast_address)
        assert gateway(subnet) < first < last < address


def test_a_zone_beyond_the_network_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        PlanError, match=r"zone z1 has index 32, but 10\.16\.0\.0/16 holds zones 0 to 31; take a free"
    ):
        zone_subnets(NETWORK, zones_of({"z0": 31, "z1": 32}))


def test_a_network_too_small_for_any_zone_is_refused() -> None:
    with pytest.raises(
        PlanError, match=r"10\.0\.0\.0/22 is too small for zones of /24; take a /21 or larger"
    ):
        zone_subnets(IPv4Network("10.0.0.0/22"), zones_of({"z0": 0}))
    assert zone_subnets(IPv4Network("10.0.0.0/21"), zones_of({"z0": 0}))["z0"] == IPv4Network("10.0.0.0/24")
