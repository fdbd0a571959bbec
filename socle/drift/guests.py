"""What neutron makes by itself, exactly: nobody has to declare it. Pure."""

from __future__ import annotations

from typing import Any

_GUESTS = {
    "network:dhcp": "neutron's port for DHCP",
    "network:distributed": "neutron's port for metadata",
    "network:router_gateway": "a router's gateway, compared with its router",
    "network:floatingip": "a floating IP's, compared with it",
}


def guest(kind: str, item: Any, default_groups: frozenset[str]) -> str:
    """Why nobody has to declare it; empty when somebody has to."""
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
