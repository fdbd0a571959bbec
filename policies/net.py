"""What prefixes, protocols and ports of OpenStack mean. Pure; unknown values come back as `UNKNOWN`.

Sources: Neutron's API (security group rules), IANA's protocol numbers, RFC 6890 by way of `ipaddress`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_network,
)
from typing import Final, TypeAlias

from policies.values import UNKNOWN, Unknown, Value, known

Prefix: TypeAlias = IPv4Network | IPv6Network
EVERYWHERE: Final[dict[int, Prefix]] = {4: IPv4Network("0.0.0.0/0"), 6: IPv6Network("::/0")}
ANY: Final = "any"
_UNICAST: Final = IPv6Network("2000::/3")  # RFC 4291: global unicast
_DOCUMENTATION: Final = IPv6Network("2001:db8::/32")
# RFC 6890: private, shared, loopback, link local, benchmarks, documentation; multicast, reserved.
_INSIDE: Final = [
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4",
    )
]  # fmt: skip
_NUMBERS: Final = {
    "1": "icmp", "6": "tcp", "17": "udp", "33": "dccp", "47": "gre", "50": "esp", "51": "ah",
    "58": "ipv6-icmp", "112": "vrrp", "132": "sctp", "136": "udplite", "icmpv6": "ipv6-icmp",
    "0": ANY, "": ANY, "-1": ANY,
}  # fmt: skip
WITH_PORTS: Final = frozenset({"tcp", "udp", "dccp", "sctp", "udplite"})
_LAST_PORT: Final = 65535


@dataclass(frozen=True)
class Ports:
    """First and last, both included. `ALL_PORTS` where nothing narrows them."""

    first: int
    last: int

    def meets(self, other: Ports) -> bool:
        """Whether a port lies in both."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        """`22`, `1-1024` or `all ports`."""
        if self == ALL_PORTS:
            return "all ports"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


ALL_PORTS: Final = Ports(0, _LAST_PORT)


def prefix(value: Value) -> Prefix | Unknown:
    """A prefix or an address; host bits are dropped as Neutron drops them. What is none is unknown."""
    if not isinstance(value, str):
        return UNKNOWN
    try:
        return ip_network(value.strip(), strict=False)
    except ValueError:
        return UNKNOWN


def protocol(value: Value) -> str | Unknown:
    """The name, `any` for null, nothing, "any" and 0; numbers are read as names where they have one."""
    if not known(value):
        return UNKNOWN
    said = "" if value is None else str(value).strip().lower()
    return _NUMBERS.get(said, said)


def ports(first: Value, last: Value, of: str | Unknown) -> Ports | Unknown:
    """The range of a rule. Null, or 0 for both, is all of them; so is a protocol that has none."""
    if isinstance(of, str) and of not in WITH_PORTS:
        return ALL_PORTS
    if not known(first) or not known(last):
        return UNKNOWN
    try:
        low, high = (int(str(end)) if end is not None else 0 for end in (first, last))
    except ValueError:
        return UNKNOWN
    if not low and not high:
        return ALL_PORTS
    return Ports(low, high or low)


def in_internet(net: Prefix) -> bool:
    """Whether an address of the internet lies in it. Decided on blocks, not on `ipaddress`'s own words.

    Those look at a network's two ends: ::/1 is reserved to them, and 2001::/23 private.
    """
    if isinstance(net, IPv6Network):
        return net.overlaps(_UNICAST) and not net.subnet_of(_DOCUMENTATION)
    return not any(net.subnet_of(block) for block in _INSIDE)


def covers(outer: Prefix, inner: Prefix) -> bool:
    """Whether all of `inner` lies in `outer`; never across versions."""
    return outer.version == inner.version and outer.supernet_of(inner)  # type: ignore[arg-type]


def overlap(one: Prefix, other: Prefix) -> bool:
    """Whether they share an address; never across versions."""
    return one.version == other.version and one.overlaps(other)


def union(prefixes: Iterable[Prefix]) -> list[Prefix]:
    """The same addresses in as few prefixes as can be: 0.0.0.0/1 and 128.0.0.0/1 are 0.0.0.0/0."""
    said = list(prefixes)
    four = [one for one in said if isinstance(one, IPv4Network)]
    six = [one for one in said if isinstance(one, IPv6Network)]
    return [*collapse_addresses(four), *collapse_addresses(six)]


def public_share(prefixes: Iterable[Prefix]) -> dict[int, int]:
    """How many addresses of the internet they hold together, as a power of two rounded down, by version.

    A prefix that holds private addresses beside public ones counts whole: it says no less than that.
    """
    sizes = {4: 0, 6: 0}
    for one in union(prefixes):
        if in_internet(one):
            sizes[one.version] += one.num_addresses
    return {version: size.bit_length() - 1 for version, size in sizes.items() if size}
