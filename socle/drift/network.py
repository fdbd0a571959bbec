"""Lists what neutron has of the project, in the fields that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socle.drift import traces
from socle.drift.answers import Unread
from socle.drift.asking import Reader
from socle.drift.thing import Thing, ordered

INTERFACES = (
    "network:router_interface",
    "network:ha_router_replicated_interface",
    "network:router_interface_distributed",
)
"""A router's own ports on networks: made because somebody asked, and known by the port."""
_GUESTS = {
    "network:dhcp": "neutron's port for DHCP",
    "network:distributed": "neutron's port for metadata",
    "network:router_gateway": "a router's gateway, compared with its router",
    "network:floatingip": "a floating IP's, compared with it",
}
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
PATHS = {
    "network": ("/networks", "networks"),
    "subnet": ("/subnets", "subnets"),
    "router": ("/routers", "routers"),
    "port": ("/ports", "ports"),
    "security group": ("/security-groups", "security_groups"),
    "security group rule": ("/security-group-rules", "security_group_rules"),
    "floating IP": ("/floatingips", "floatingips"),
    "RBAC policy": ("/rbac-policies", "rbac_policies"),
}
"""Where each kind is listed, and under which key; one of them is at `<path>/<id>`."""


def listed(reader: Reader, kind: str, project: str) -> list[Thing]:
    """Everything of one kind that belongs to the project."""
    path, key = PATHS[kind]
    items = reader.pages("network", path, key, {"project_id": project})
    names = _outside(reader) if kind in ("floating IP",) and items else {}
    groups = _default_groups(reader, project) if kind == "security group rule" and items else frozenset()
    return [_thing(kind, item, names, groups) for item in items]


def _thing(kind: str, item: Any, names: Mapping[str, str], groups: frozenset[str]) -> Thing:
    number = str(item["id"])
    fields = {**_plain(kind, item), **_MORE.get(kind, lambda _item: {})(item)}
    name = str(item.get("name") or item.get("floating_ip_address") or item.get("description") or "")
    if kind == "floating IP":
        pool = str(item["floating_network_id"])
        if pool not in names:
            raise Unread(f"network: no list has {pool}, the network of a floating IP")
        fields["pool"] = names[pool]
    within = str(item.get("security_group_id") or item.get("network_id") or item.get("object_id") or "")
    if kind == "port" and item["device_owner"] in INTERFACES:
        return Thing("router interface", number, "", _interface(item), within, traces=traces.of(item))
    return Thing(kind, number, name, fields, within, _guest(kind, item, groups), traces.of(item))


def ports_behind(reader: Reader, project: str) -> list[Thing]:
    """Ports and router interfaces; what is both, a declared port on a router, shows as each of the two."""
    path, key = PATHS["port"]
    found: list[Thing] = []
    for item in reader.pages("network", path, key, {"project_id": project}):
        found.append(_thing("port", item, {}, frozenset()))
        if found[-1].kind == "router interface":
            fields = {**_plain("port", item), **_port(item)}
            guest = "a router's own port, compared with its interface"
            within, number = found[-1].within, str(item["id"])
            found.append(Thing("port", number, str(item["name"]), fields, within, guest, traces.of(item)))
    return found


def _plain(kind: str, item: Any) -> dict[str, Any]:
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


def _port(item: Any) -> dict[str, Any]:
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


def _interface(item: Any) -> dict[str, Any]:
    return {
        "router_id": item["device_id"],
        "subnets": ordered(it["subnet_id"] for it in item["fixed_ips"]),
        "admin_state_up": item["admin_state_up"],
        "security_groups": ordered(item["security_groups"]),
        "allowed_address_pairs": _port(item)["allowed_address_pairs"],
    }


_MORE: Mapping[str, Any] = {
    "network": _network,
    "subnet": _subnet,
    "router": _router,
    "port": _port,
    "floating IP": _floating,
}


def owner(text: str) -> str:
    """Who uses a port: nova names the zone too, which is the server's field."""
    return "compute" if text.startswith("compute:") else text


def _guest(kind: str, item: Any, default_groups: frozenset[str]) -> str:
    if kind == "port":
        return next((why for who, why in _GUESTS.items() if str(item["device_owner"]).startswith(who)), "")
    if kind == "security group" and item["name"] == "default":
        return "the project's default group, which neutron makes"
    if kind == "security group rule" and item["security_group_id"] in default_groups and _own_default(item):
        return "a rule with which neutron makes the default group"
    return ""


def _own_default(item: Any) -> bool:
    """Exactly what neutron puts there: everything out, and in from the same group."""
    if any(item.get(key) is not None for key in ("protocol", "port_range_min", "port_range_max")):
        return False
    if item.get("remote_ip_prefix") or item.get("remote_address_group_id"):
        return False
    if item["direction"] == "egress":
        return not item.get("remote_group_id")
    return bool(item.get("remote_group_id") == item["security_group_id"])


def _default_groups(reader: Reader, project: str) -> frozenset[str]:
    path, key = PATHS["security group"]
    groups = reader.pages("network", path, key, {"project_id": project})
    return frozenset(str(it["id"]) for it in groups if it["name"] == "default")


def _outside(reader: Reader) -> dict[str, str]:
    """Names of all networks that we see: a floating IP's may be the provider's."""
    return {str(it["id"]): str(it["name"]) for it in reader.pages("network", "/networks", "networks")}
