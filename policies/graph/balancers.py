"""Load balancers (Octavia): their listeners, pools, and the hosts behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policies.graph.refs import Index
from policies.graph.topology import INSTANCE, NETWORK, PORT, SUBNET, Nic, Topology
from policies.net import Prefix, overlap, prefix
from policies.snapshot import Resource
from policies.values import Unknown, opened

BALANCER, LISTENER = "loadbalancer/loadBalancer", "loadbalancer/listener"
POOL, MEMBER, MEMBERS = "loadbalancer/pool", "loadbalancer/member", "loadbalancer/members"


@dataclass(frozen=True, eq=False)
class Balancer:
    """One, with its pools and the cards of their hosts. `prefixes`: where its own address lies."""

    resource: Resource
    pools: tuple[Resource, ...]
    members: tuple[Nic, ...]
    prefixes: tuple[Prefix, ...]


def balancers(index: Index, topology: Topology) -> list[Balancer]:
    """All of the stack."""
    return [_read(found, index, topology) for found in index.all(BALANCER)]


def _read(found: Resource, index: Index, topology: Topology) -> Balancer:
    listeners = [
        one for one in index.all(LISTENER) if found in index.follow(one, "loadbalancerId", BALANCER).found
    ]
    pools = tuple(
        pool
        for pool in index.all(POOL)
        if found in index.follow(pool, "loadbalancerId", BALANCER).found
        or any(one in listeners for one in index.follow(pool, "listenerId", LISTENER).found)
    )
    members = [nic for pool in pools for nic in pool_members(pool, index, topology)]
    networks = list(index.follow(found, "vipNetworkId", NETWORK).found)
    for subnet in index.follow(found, "vipSubnetId", SUBNET).found:
        networks += index.follow(subnet, "networkId", NETWORK).found
    return Balancer(
        found, pools, tuple(members), tuple(one for net in networks for one in topology.prefixes[net.urn])
    )


def pool_members(pool: Resource, index: Index, topology: Topology) -> Iterator[Nic]:
    """Cards of the hosts that a pool sends to: by address, or by what the address was made from."""
    for member in index.all(MEMBER, MEMBERS):
        if pool not in index.follow(member, "poolId", POOL).found:
            continue
        prop = "address" if member.kind == MEMBER else "members"
        made_from = index.follow(member, prop, PORT, INSTANCE, key="address").found
        said = member.items(prop)
        addresses = [_address(item) for item in said] if isinstance(said, list) else []
        for nic in topology.nics:
            at = [
                one for one in addresses if one is not None and any(overlap(one, it) for it in nic.addresses)
            ]
            if at or nic.owner in made_from or (nic.server is not None and nic.server in made_from):
                yield nic


def _address(item: object) -> Prefix | None:
    piece = opened(item)  # type: ignore[arg-type]
    found = prefix(piece.get("address") if isinstance(piece, dict) else piece)
    return None if isinstance(found, Unknown) else found
