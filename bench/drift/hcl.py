"""The same resources for OpenTofu: configuration and a state that names them, from what Pulumi's state
says. Pure.

The configuration refers to nothing: every id is written out, so OpenTofu may read all of it at once. Its
state has the ids alone; a first refresh, which is not measured, fills in the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bench.up.peer import SOURCE

PROVIDER = f'provider["{SOURCE}"]'
_TYPES = {
    "networking/network:Network": "openstack_networking_network_v2",
    "networking/subnet:Subnet": "openstack_networking_subnet_v2",
    "networking/port:Port": "openstack_networking_port_v2",
    "networking/secGroup:SecGroup": "openstack_networking_secgroup_v2",
    "networking/secGroupRule:SecGroupRule": "openstack_networking_secgroup_rule_v2",
    "blockstorage/volume:Volume": "openstack_blockstorage_volume_v3",
    "objectstorage/container:Container": "openstack_objectstorage_container_v1",
}
_BLOCKS = {"fixedIps": "fixed_ip"}
"""Lists of the one that are repeated blocks of the other."""


def resources(exported: Mapping[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Type, name, id and arguments of each; ValueError for a type that nothing here knows."""
    for one in exported["deployment"]["resources"]:
        kind = str(one["type"]).removeprefix("openstack:")
        if kind == one["type"] or not one.get("id"):
            continue
        if kind not in _TYPES:
            raise ValueError(f"no type of OpenTofu's is known for {kind}")
        name = str(one["urn"]).rpartition("::")[2]
        said = {key: value for key, value in one["inputs"].items() if not key.startswith("__")}
        yield (
            _TYPES[kind],
            name,
            str(one["id"]),
            {_BLOCKS.get(key, _snake(key)): _own(it) for key, it in said.items()},
        )


def _own(value: Any) -> Any:
    if isinstance(value, dict):
        return {_snake(key): it for key, it in value.items() if not key.startswith("__")}
    return [_own(it) for it in value] if isinstance(value, list) else value


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def configuration(exported: Mapping[str, Any]) -> dict[str, Any]:
    """main.tf.json."""
    found: dict[str, dict[str, Any]] = {}
    for kind, name, _, arguments in resources(exported):
        found.setdefault(kind, {})[name] = arguments
    return {
        "terraform": {"required_providers": {"openstack": {"source": SOURCE}}},
        "provider": {"openstack": {}},
        "resource": found,
    }


def state(exported: Mapping[str, Any]) -> dict[str, Any]:
    """terraform.tfstate of version 4, as if each had been imported by its id."""
    return {
        "version": 4,
        "serial": 1,
        "lineage": "00000000-0000-4000-8000-000000000000",
        "outputs": {},
        "resources": [
            {
                "mode": "managed",
                "type": kind,
                "name": name,
                "provider": PROVIDER,
                "instances": [{"schema_version": 0, "attributes": {"id": number}}],
            }
            for kind, name, number, _ in resources(exported)
        ],
    }
