"""The fields of neutron's things that are compared, as its lists have them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socle.drift.answers import Unread
from socle.drift.thing import ordered

_PLAIN = {
    "network": (
        "name",
        "description",
        "admin_state_up",
        "port_security_enabled",
        "shared",
        "mtu",
        "qos_policy_id",
    ),
    "subnet": ("name", "description", "network_id", "cidr", "ip_version", "gateway_ip", "enable_dhcp"),
    "router": ("name", "description", "admin_state_up"),
    "port": (
        "name",
        "description",
        "network_id",
        "admin_state_up",
        "mac_address",
        "port_security_enabled",
        "device_id",
        "qos_policy_id",
    ),
    "security group": ("name", "description", "stateful"),
    "security group rule": (
        "security_group_id",
        "description",
        "direction",
        "ethertype",
        "protocol",
        "port_range_min",
        "port_range_max",
        "remote_ip_prefix",
        "remote_group_id",
        "remote_address_group_id",
    ),
    "floating IP": ("floating_ip_address", "description", "port_id", "fixed_ip_address"),
    "RBAC policy": ("action", "object_type", "object_id", "target_tenant"),
}
# A service that lacks the extension leaves these out, and nothing else can be set then. The others of this
# kind are left out here too, and are unproven where they are declared.
_WITHOUT = {"qos_policy_id": "", "remote_address_group_id": "", "stateful": True}
_OPTIONAL = frozenset(("mtu", "port_security_enabled", *_WITHOUT))


def plain(kind: str, item: Any) -> dict[str, Any]:
    """Those that are compared as they come; Unread when one is lacking that no extension explains."""
    found = {}
    for name in _PLAIN[kind]:
        if name in item:
            found[name] = item[name]
        elif name in _WITHOUT:
            found[name] = _WITHOUT[name]
        elif name not in _OPTIONAL:
            raise Unread(f"network: a {kind} in the answer has no {name}")
    if "tags" in item:
        found["tags"] = ordered(item["tags"])
    return found


def _network(item: Any) -> dict[str, Any]:
    return {"external": bool(item.get("router:external", False)), "dns_domain": item.get("dns_domain")}


def _subnet(item: Any) -> dict[str, Any]:
    return {
        "allocation_pools": ordered(f"{it['start']}-{it['end']}" for it in item["allocation_pools"]),
        "dns_nameservers": list(item["dns_nameservers"]),
        "host_routes": ordered(f"{it['destination']} via {it['nexthop']}" for it in item["host_routes"]),
        "service_types": ordered(item.get("service_types") or ()),
    }


def _router(item: Any) -> dict[str, Any]:
    gateway = item["external_gateway_info"] or {}
    found: dict[str, Any] = {
        "gateway_network_id": gateway.get("network_id", ""),
        "gateway_addresses": ordered(it["ip_address"] for it in gateway.get("external_fixed_ips") or ()),
        "routes": ordered(f"{it['destination']} via {it['nexthop']}" for it in item["routes"]),
    }
    if not gateway:
        found["enable_snat"] = ""  # nothing to hide addresses behind
    elif "enable_snat" in gateway:
        found["enable_snat"] = gateway["enable_snat"]
    return found


def port(item: Any) -> dict[str, Any]:
    """Of a port, beside the plain ones."""
    pairs = item.get("allowed_address_pairs") or ()
    return {
        "addresses": ordered(it["ip_address"] for it in item["fixed_ips"]),
        "security_groups": ordered(item["security_groups"]),
        "allowed_address_pairs": ordered(f"{it['ip_address']} {it.get('mac_address', '')}" for it in pairs),
        "extra_dhcp_opts": ordered(
            f"{it['opt_name']}={it['opt_value']}" for it in item.get("extra_dhcp_opts") or ()
        ),
        "device_owner": owner(str(item["device_owner"])),
        "vnic_type": item.get("binding:vnic_type", "normal"),
    }


def _floating(item: Any) -> dict[str, Any]:
    forwards = item.get("port_forwardings") or ()
    return {
        "port_forwardings": ordered(
            f"{it['protocol']} {it['external_port']} to {it['internal_ip_address']}:{it['internal_port']}"
            for it in forwards
        )
    }


def interface(item: Any) -> dict[str, Any]:
    """Of a port that is a router's own, as the router's interface."""
    return {
        "router_id": item["device_id"],
        "subnets": ordered(it["subnet_id"] for it in item["fixed_ips"]),
        "admin_state_up": item["admin_state_up"],
        "security_groups": ordered(item["security_groups"]),
        "allowed_address_pairs": port(item)["allowed_address_pairs"],
    }


MORE: Mapping[str, Any] = {
    "network": _network,
    "subnet": _subnet,
    "router": _router,
    "port": port,
    "floating IP": _floating,
}


def owner(text: str) -> str:
    """Who uses a port: nova names the zone too, which is the server's field."""
    return "compute" if text.startswith("compute:") else text
