"""Lists what neutron has of the project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socle.drift import traces
from socle.drift.answers import Unread
from socle.drift.asking import Reader
from socle.drift.guests import guest
from socle.drift.network_fields import MORE, interface, plain, port
from socle.drift.thing import Thing

INTERFACES = (
    "network:router_interface",
    "network:ha_router_replicated_interface",
    "network:router_interface_distributed",
)
"""A router's own ports on networks: made because somebody asked, and known by the port."""
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
    if kind == "network":
        items = [it for it in _networks(reader) if it["project_id"] == project]
    else:
        items = reader.pages("network", path, key, {"project_id": project})
    names = _outside(reader) if kind in ("floating IP",) and items else {}
    groups = _default_groups(reader, project) if kind == "security group rule" and items else frozenset()
    return [_thing(kind, item, names, groups) for item in items]


def _thing(kind: str, item: Any, names: Mapping[str, str], groups: frozenset[str]) -> Thing:
    number = str(item["id"])
    fields = {**plain(kind, item), **MORE.get(kind, lambda _item: {})(item)}
    name = str(item.get("name") or item.get("floating_ip_address") or item.get("description") or "")
    if kind == "floating IP":
        pool = str(item["floating_network_id"])
        if pool not in names:
            raise Unread(f"network: no list has {pool}, the network of a floating IP")
        fields["pool"] = names[pool]
    within = str(item.get("security_group_id") or item.get("network_id") or item.get("object_id") or "")
    if kind == "port" and item["device_owner"] in INTERFACES:
        return Thing("router interface", number, "", interface(item), within, traces=traces.of(item))
    return Thing(kind, number, name, fields, within, guest(kind, item, groups), traces.of(item))


def ports_behind(reader: Reader, project: str) -> list[Thing]:
    """Ports and router interfaces; what is both, a declared port on a router, shows as each of the two."""
    path, key = PATHS["port"]
    found: list[Thing] = []
    for item in reader.pages("network", path, key, {"project_id": project}):
        found.append(_thing("port", item, {}, frozenset()))
        if found[-1].kind == "router interface":
            fields = {**plain("port", item), **port(item)}
            why = "a router's own port, compared with its interface"
            within, number = found[-1].within, str(item["id"])
            found.append(Thing("port", number, str(item["name"]), fields, within, why, traces.of(item)))
    return found


def _default_groups(reader: Reader, project: str) -> frozenset[str]:
    path, key = PATHS["security group"]
    groups = reader.pages("network", path, key, {"project_id": project})
    return frozenset(str(it["id"]) for it in groups if it["name"] == "default")


def _outside(reader: Reader) -> dict[str, str]:
    """Names of all networks that we see: a floating IP's may be the provider's."""
    return {str(it["id"]): str(it["name"]) for it in _networks(reader)}


def _networks(reader: Reader) -> list[Any]:
    """Ours and those that others share, in one question: floating IPs need the latter too."""
    path, key = PATHS["network"]
    return reader.pages("network", path, key)
