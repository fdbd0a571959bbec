"""The filter `resolver_views`: who may ask a resolver, and which names each of them sees.

Only facts of the plan (`python -m infra.hosts`) come in; the role writes them in unbound's language.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import Any

PORT = "53"


def resolver_views(plan: dict[str, Any], resolver: str) -> list[dict[str, Any]]:
    """One view a network that may query the host called `resolver`, itself included.

    A network sees the names of the hosts in it, and of those whose firewall admits it at some port: a name
    beyond that is of no use to it, and tells about others. Each view: network, name, records (name, address).
    """
    hosts, environment = plan["hosts"], plan["stack"].partition("-")[0]
    own = IPv4Network(hosts[resolver]["address"])
    rules = [rule for rule in hosts[resolver]["input"] if str(rule["ports"]) == PORT]
    networks = {own, *(IPv4Network(remote) for rule in rules for remote in rule["remote"])}
    return [
        {
            "network": str(network),
            "name": f"from-{network.network_address}-{network.prefixlen}",
            "records": [
                {"name": domain_name(environment, name, host), "address": host["address"]}
                for name, host in sorted(hosts.items())
                if _visible(network, host)
            ],
        }
        for network in sorted(networks)
    ]


def domain_name(environment: str, name: str, host: dict[str, Any]) -> str:
    """`<host>.<zone>.<environment>.internal`; a space stands in the zone's place for its own hosts."""
    place = host.get("space") or host["zone"]
    short = name.removeprefix(f"{environment}-").removeprefix(f"{host.get('space') or ''}-".lstrip("-"))
    return f"{short}.{place}.{environment}.internal"


def _visible(network: IPv4Network, host: dict[str, Any]) -> bool:
    if IPv4Address(host["address"]) in network:
        return True
    return any(network.overlaps(IPv4Network(remote)) for rule in host["input"] for remote in rule["remote"])


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {"resolver_views": resolver_views}
