"""Makes one thing of a seed by the cloud's API: a function for each Terraform type that Prowler looks at."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

Said = dict[str, Any]
Made = dict[str, str]
"""What others refer to: `id`, and `name` or `address` where it has one."""
PATIENCE = 600
"""Seconds for a server or volume on emulated hardware."""
NOTHING = bytes(1 << 20)
"""An image's content: a mebibyte that boots nowhere."""


def network(cloud: Any, said: Said) -> Made:
    """With its switches; tags are set in a second call, as the provider does."""
    made = cloud.network.create_network(
        name=said["name"],
        is_admin_state_up=said["admin_state_up"],
        is_port_security_enabled=said["port_security_enabled"],
    )
    return _tagged(cloud, made, said)


def subnet(cloud: Any, said: Said) -> Made:
    """Of IPv4."""
    made = cloud.network.create_subnet(
        name=said["name"], network_id=said["network_id"], cidr=said["cidr"], ip_version=4,
        is_dhcp_enabled=said["enable_dhcp"],
    )  # fmt: skip
    return _tagged(cloud, made, said)


def group(cloud: Any, said: Said) -> Made:
    """Without Neutron's own rules where they are to be deleted."""
    net = cloud.network
    made = net.create_security_group(name=said["name"], description=said.get("description", ""))
    if said.get("delete_default_rules"):
        for rule in net.security_group_rules(security_group_id=made.id):
            net.delete_security_group_rule(rule)
    return _tagged(cloud, made, said)


def rule(cloud: Any, said: Said) -> Made:
    """What is left out is any."""
    kept = {"ethertype": "ether_type"}
    made = cloud.network.create_security_group_rule(**{kept.get(key, key): it for key, it in said.items()})
    return {"id": made.id}


def port(cloud: Any, said: Said) -> Made:
    """Without groups where it says so, in the project's default group where it names none."""
    more: Said = {"fixed_ips": said["fixed_ip"]} if "fixed_ip" in said else {}
    if "security_group_ids" in said or said.get("no_security_groups"):
        more["security_group_ids"] = said.get("security_group_ids", [])
    made = cloud.network.create_port(
        name=said["name"], network_id=said["network_id"],
        is_port_security_enabled=said["port_security_enabled"], **more,
    )  # fmt: skip
    return _tagged(cloud, made, said)


def router(cloud: Any, said: Said) -> Made:
    """With its way out."""
    way_out = {"network_id": said["external_network_id"]}
    made = cloud.network.create_router(name=said["name"], external_gateway_info=way_out)
    return _tagged(cloud, made, said)


def joint(cloud: Any, said: Said) -> Made:
    """Of a router and a subnet."""
    cloud.network.add_interface_to_router(said["router_id"], subnet_id=said["subnet_id"])
    return {"id": ""}


def floating(cloud: Any, said: Said) -> Made:
    """An address of the external network."""
    outside = cloud.network.find_network(said["pool"])
    made = cloud.network.create_ip(floating_network_id=outside.id)
    _tagged(cloud, made, said)
    return {"id": made.id, "address": made.floating_ip_address}


def leads(cloud: Any, said: Said) -> Made:
    """An address to a port."""
    found = next(iter(cloud.network.ips(floating_ip_address=said["floating_ip"])))
    cloud.network.update_ip(found, port_id=said["port_id"])
    return {"id": found.id}


def forwarding(cloud: Any, said: Said) -> Made:
    """A port of an address to a port of a host."""
    more = {key: it for key, it in said.items() if key != "floatingip_id"}
    made = cloud.network.create_floating_ip_port_forwarding(said["floatingip_id"], **more)
    return {"id": made.id}


def key_pair(cloud: Any, said: Said) -> Made:
    """From its public half."""
    made = cloud.compute.create_keypair(name=said["name"], public_key=said["public_key"])
    return {"id": made.name, "name": made.name}


def server(cloud: Any, said: Said) -> Made:
    """Until Nova says that it runs. By the API itself: the SDK has other words for half of it."""
    plain = {"name": "name", "key_pair": "key_name", "config_drive": "config_drive", "metadata": "metadata",
             "tags": "tags", "admin_pass": "adminPass", "network": "networks",
             "block_device": "block_device_mapping_v2"}  # fmt: skip
    body: Said = {theirs: said[ours] for ours, theirs in plain.items() if ours in said}
    body["flavorRef"] = said["flavor_id"]
    if "image_name" in said:
        body["imageRef"] = cloud.image.find_image(said["image_name"], ignore_missing=False).id
    elif "image_id" in said:
        body["imageRef"] = said["image_id"]
    if "user_data" in said:
        body["user_data"] = base64.b64encode(said["user_data"].encode()).decode()
    if "security_groups" in said:
        body["security_groups"] = [{"name": one} for one in said["security_groups"]]
    answer = cloud.compute.post("/servers", json={"server": body}, microversion="2.67")
    _refused(answer)
    made = cloud.compute.get_server(answer.json()["server"]["id"])
    cloud.compute.wait_for_server(made, wait=PATIENCE)
    return {"id": made.id, "name": said["name"]}


def volume(cloud: Any, said: Said) -> Made:
    """Until it can be attached."""
    made = cloud.block_storage.create_volume(
        name=said["name"], size=said["size"], volume_type=said["volume_type"], metadata=said["metadata"]
    )
    cloud.block_storage.wait_for_status(made, "available", ["error"], wait=PATIENCE)
    return {"id": made.id, "name": said["name"]}


def attached(cloud: Any, said: Said) -> Made:
    """A volume to a server, until Cinder says so."""
    cloud.compute.create_volume_attachment(said["instance_id"], volume_id=said["volume_id"])
    found = cloud.block_storage.get_volume(said["volume_id"])
    cloud.block_storage.wait_for_status(found, "in-use", ["error"], wait=PATIENCE)
    return {"id": found.id}


def image(cloud: Any, said: Said) -> Made:
    """With a content that boots nowhere."""
    body = {
        name: said[name] for name in ("name", "container_format", "disk_format", "visibility", "protected")
    }
    answer = cloud.image.post("/images", json={**body, **said["properties"]})
    _refused(answer)
    made = answer.json()["id"]
    octets = {"Content-Type": "application/octet-stream"}
    _refused(cloud.image.put(f"/images/{made}/file", data=NOTHING, headers=octets))
    return {"id": made, "name": said["name"]}


def container(cloud: Any, said: Said) -> Made:
    """With its headers."""
    plain = ("container_read", "container_write", "container_sync_to", "container_sync_key")
    headers = {f"X-{name.replace('_', '-').title()}": said[name] for name in plain if name in said}
    headers |= {f"X-Container-Meta-{key}": value for key, value in said.get("metadata", {}).items()}
    if said.get("versioning"):
        headers["X-Versions-Enabled"] = "true"
    _refused(cloud.object_store.put(f"/{said['name']}", headers=headers))
    return {"id": said["name"], "name": said["name"]}


MAKERS: Mapping[str, Callable[[Any, Said], Made]] = {
    "blockstorage_volume_v3": volume,
    "compute_instance_v2": server,
    "compute_keypair_v2": key_pair,
    "compute_volume_attach_v2": attached,
    "images_image_v2": image,
    "networking_floatingip_associate_v2": leads,
    "networking_floatingip_v2": floating,
    "networking_network_v2": network,
    "networking_port_v2": port,
    "networking_portforwarding_v2": forwarding,
    "networking_router_interface_v2": joint,
    "networking_router_v2": router,
    "networking_secgroup_rule_v2": rule,
    "networking_secgroup_v2": group,
    "networking_subnet_v2": subnet,
    "objectstorage_container_v1": container,
}


def _tagged(cloud: Any, made: Any, said: Said) -> Made:
    if said.get("tags"):
        cloud.network.set_tags(made, said["tags"])
    return {"id": made.id, "name": said.get("name", "")}


def _refused(answer: Any) -> None:
    from openstack.exceptions import raise_from_response

    raise_from_response(answer)
