"""What prefixes, protocols and ports mean."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.net import ALL_PORTS, ANY, Ports, in_internet, ports, prefix, protocol, public_share, union
from policies.values import UNKNOWN, Unknown


@pytest.mark.parametrize("said", [None, "", "any", "0", 0, -1, "ANY"])
def test_a_protocol_that_says_nothing_is_any(said: object) -> None:
    assert protocol(said) == ANY  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "name"), [("6", "tcp"), (17, "udp"), ("icmpv6", "ipv6-icmp"), ("TCP", "tcp")]
)
def test_numbers_and_names_are_one(said: object, name: str) -> None:
    assert protocol(said) == name  # type: ignore[arg-type]


def test_ports_that_say_nothing_are_all_of_them() -> None:
    assert ports(None, None, "tcp") == ports(0, 0, "tcp") == ports("0", "0", "udp") == ALL_PORTS
    assert ports(22, None, "tcp") == Ports(22, 22)
    assert ports(8, 0, "icmp") == ALL_PORTS, "type and code of ICMP are no ports"
    assert isinstance(ports(UNKNOWN, 22, "tcp"), Unknown)


def test_halves_of_the_internet_are_the_internet() -> None:
    halves = [ip_network("0.0.0.0/1"), ip_network("128.0.0.0/1")]
    assert union(halves) == [ip_network("0.0.0.0/0")]
    assert public_share(halves) == {4: 32}
    assert public_share([ip_network("10.0.0.0/8"), ip_network("fd00::/8")]) == {}


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_what_holds_a_public_address_is_in_the_internet(address: IPv4Address, length: int) -> None:
    if address.is_global and not address.is_multicast:
        assert in_internet(ip_network(f"{address}/{length}", strict=False))


@given(st.ip_addresses(v=6, network="2000::/3"), st.integers(0, 128))
def test_so_it_is_in_ipv6(address: IPv6Address, length: int) -> None:
    net = ip_network(f"{address}/{length}", strict=False)
    assert in_internet(net) or net.subnet_of(ip_network("2001:db8::/32"))  # type: ignore[arg-type]
    assert not in_internet(ip_network("fd00::/8"))


@pytest.mark.parametrize("said", [None, 7, "not a prefix", "10.0.0.0/33", UNKNOWN])
def test_what_is_no_prefix_is_unknown_and_never_narrow(said: object) -> None:
    assert isinstance(prefix(said), Unknown)  # type: ignore[arg-type]


def test_host_bits_are_dropped_as_neutron_drops_them() -> None:
    assert prefix("203.0.113.7/0") == ip_network("0.0.0.0/0")
