"""The way from one party to another, hop by hop, on the committed environment "full"."""

from typing import cast

import pytest

from infra.config import Protocol
from infra.plan.landscape import Landscape
from infra.plan.reach import Answer, can_reach
from infra.specification import load, load_spaces


@pytest.fixture(scope="module")
def land() -> Landscape:
    return Landscape("full", load("full-platform").plan, {s.name: s.plan for s in load_spaces("full")})


def places(answer: Answer) -> list[tuple[str, bool]]:
    return [(hop.place, hop.passes) for hop in answer.hops]


def test_the_bastion_enters_a_space_by_its_floating_ip(land: Landscape) -> None:
    answer = can_reach(land, "bastion", "alpha-desk", "tcp", 22)
    assert answer.flows == ("bastion-to-hosts",)
    assert places(answer) == [
        ("full-bastion", True),
        ("router full-core", True),
        ("router full-alpha", True),
        ("full-alpha-desk", True),
    ]
    assert "route 10.17.0.0/16 via 10.17.1.2" in answer.hops[1].does
    assert "floating IP in 10.17.32.16/28" in answer.hops[2].does
    assert "input tcp 22 10.17.1.10/32" in answer.hops[3].does


def test_a_space_leaves_as_its_transit_network(land: Landscape) -> None:
    answer = can_reach(land, "alpha-desk", "services", "tcp", 3142)
    assert answer.reachable
    assert [place for place, _ in places(answer)] == [
        "full-alpha-desk",
        "router full-alpha",
        "router full-core",
        "full-services",
    ]
    assert "leaves as an address of 10.17.32.16/28 (SNAT)" in answer.hops[1].does
    assert "input tcp 3142 10.17.32.0/19" in answer.hops[3].does


@pytest.mark.parametrize(
    ("source", "target", "shut"),
    [
        ("alpha-desk", "beta-desk", ["full-alpha-desk", "full-beta-desk"]),
        ("alpha-desk", "bastion", ["full-alpha-desk", "full-bastion"]),
        ("alpha-desk", "database", ["full-alpha-desk", "full-database"]),
        ("alpha-desk", "198.51.100.1", ["full-alpha-desk", "router full-core"]),
        ("outside/operators", "space/alpha", ["router full-core", "space/alpha"]),
        ("database", "198.18.255.1", ["full-database", "zone data"]),
        ("outside/operators", "database", ["zone data", "full-database"]),
        ("services", "bastion", ["full-services", "full-bastion"]),
        ("zone/exchange", "zone/backup", ["zone/exchange", "zone/backup"]),
        ("bastion", "10.17.77.1", ["full-bastion", "core router"]),
    ],
)
def test_what_is_closed_says_every_place_that_shuts_it(
    land: Landscape, source: str, target: str, shut: list[str]
) -> None:
    answer = can_reach(land, source, target, "tcp", 22)
    assert not answer.reachable
    assert [place for place, passes in places(answer) if not passes] == shut


def test_an_address_of_a_transit_network_is_its_space(land: Landscape) -> None:
    answer = can_reach(land, "bastion", "10.17.32.19", "tcp", 22)
    assert answer.reachable
    assert answer.hops[-1].place == "10.17.32.19/32 (space alpha)"
    assert can_reach(land, "10.17.128.74", "10.17.2.10", "udp", 53).reachable


def test_hosts_of_one_network_meet_without_a_router(land: Landscape) -> None:
    answer = can_reach(land, "bastion", "zone/admin", "tcp", 22)
    assert answer.hops[1].place == "network of zone admin"
    inside = can_reach(land, "alpha-desk", "space/alpha", "tcp", 22)
    assert (inside.reachable, inside.hops[1].place) == (False, "network of space alpha")


@pytest.mark.parametrize("service", ["tcp 3142", "udp 123", "udp 53", "tcp 53", "tcp 6514"])
def test_a_second_services_host_is_served_by_the_first(land: Landscape, service: str) -> None:
    protocol, _, port = service.partition(" ")
    answer = can_reach(land, "zone/services", "services", cast(Protocol, protocol), int(port))
    assert answer.reachable, answer.why


def test_what_is_not_ours_is_not_judged(land: Landscape) -> None:
    answer = can_reach(land, "outside/operators", "198.51.100.1", "tcp", 80)
    assert not answer.reachable
    assert answer.why.endswith("their path is not ours")
    with pytest.raises(KeyError, match="nobody"):
        can_reach(land, "nobody", "bastion", "tcp", 22)


def test_every_name_is_a_party(land: Landscape) -> None:
    names = land.names()
    assert {"full-bastion", "full-beta-desk", "zone/backup", "space/beta", "outside/time"} <= set(names)
    assert [land.party(name).label for name in names] == names
