"""Lists what an environment has in the cloud, a few calls a service. What it is told in is inventory.py's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bench.up.inventory import Thing, thing

Ours = Callable[[Iterable[Any]], dict[str, Any]]
"""Of what a service lists, what is the environment's, by id."""
# Ports that the cloud makes by itself: their number says nothing about who made the rest.
CLOUDS_PORTS = ("network:dhcp", "network:distributed", "network:router_gateway", "network:floatingip")


def listed(cloud: Any, environment: str) -> list[Thing]:
    """Everything whose name begins with the environment's, and what belongs to that; by kind and name."""
    prefix = f"{environment}-"

    def ours(found: Iterable[Any]) -> dict[str, Any]:
        return {it.id: it for it in found if str(it.name or "").startswith(prefix)}

    servers = ours(cloud.compute.servers(details=True))
    return sorted(
        [
            *_network(cloud, ours, servers, f"env={environment}"),
            *_compute(cloud.compute, servers, prefix),
            *_volumes(cloud.block_storage, ours, servers),
            *_containers(cloud.object_store, prefix),
        ]
    )


def _network(cloud: Any, ours: Ours, servers: Mapping[str, Any], tag: str) -> Iterator[Thing]:
    net, own = cloud.network, {"project_id": cloud.current_project_id}
    networks, routers = ours(net.networks(**own)), ours(net.routers(**own))
    groups = ours(net.security_groups(**own))
    for it in networks.values():
        facts = {"up": it.is_admin_state_up, "port_security": it.is_port_security_enabled}
        yield thing("network", it.name, about=it.description, tags=it.tags, **facts)
    for it in (subnet for subnet in net.subnets(**own) if subnet.network_id in networks):
        yield thing(
            "subnet",
            it.name,
            about=it.description,
            tags=it.tags,
            cidr=it.cidr,
            gateway=it.gateway_ip,
            dhcp=it.is_dhcp_enabled,
            pools=it.allocation_pools,
            routes=it.host_routes,
            resolvers=it.dns_nameservers,
        )
    for it in routers.values():
        way_out = (it.external_gateway_info or {}).get("network_id")
        yield thing("router", it.name, about=it.description, tags=it.tags, way_out=way_out)
    ports = {it.id: it for it in net.ports(**own) if it.network_id in networks}
    users = {**servers, **routers}
    for it in ports.values():
        if (it.device_owner or "").startswith(CLOUDS_PORTS):
            continue
        yield thing(
            "port",
            it.name or f"in {networks[it.network_id].name}",
            about=it.description,
            tags=it.tags,
            user=users[it.device_id].name if it.device_id in users else it.device_id,
            owner=it.device_owner,
            addresses=[fixed["ip_address"] for fixed in it.fixed_ips or ()],
            groups=[groups[each].name if each in groups else each for each in it.security_group_ids or ()],
            port_security=it.is_port_security_enabled,
            pairs=it.allowed_address_pairs,
        )
    for it in groups.values():
        yield thing("security group", it.name, about=it.description, tags=it.tags, stateful=it.stateful)
    for it in (rule for rule in net.security_group_rules(**own) if rule.security_group_id in groups):
        ports_said = f"{it.protocol} {it.port_range_min}-{it.port_range_max}"
        name = f"{groups[it.security_group_id].name} {it.direction} {ports_said} {it.remote_ip_prefix}"
        yield thing("security group rule", name, about=it.description, family=it.ether_type)
    for it in net.ips(**own):
        if it.port_id in ports or tag in (it.tags or ()):
            leads = ports[it.port_id].name if it.port_id in ports else ""
            yield thing("floating IP", f"to {leads}", about=it.description, tags=it.tags)


def _compute(nova: Any, servers: Mapping[str, Any], prefix: str) -> Iterator[Thing]:
    for it in servers.values():
        yield thing(
            "server",
            it.name,
            status=it.status,
            tags=it.tags,
            metadata=it.metadata,
            flavor=it.flavor.get("original_name") or it.flavor.get("id"),
            image=it.image.get("id"),
            key=it.key_name,
            zone=it.availability_zone,
            config_drive=bool(it.has_config_drive),
            groups=[group["name"] for group in it.security_groups or ()],
        )
    for it in nova.keypairs():
        if it.name.startswith(prefix):
            yield thing("key pair", it.name, key=it.public_key)


def _volumes(cinder: Any, ours: Ours, servers: Mapping[str, Any]) -> Iterator[Thing]:
    for it in ours(cinder.volumes(details=True)).values():
        yield thing(
            "volume",
            it.name,
            about=it.description,
            status=it.status,
            size=it.size,
            type=it.volume_type,
            zone=it.availability_zone,
            metadata=it.metadata,
        )
        for place in it.attachments:
            server = servers.get(place["server_id"])
            yield thing("attachment", f"{it.name} to {server.name if server else place['server_id']}")


def _containers(swift: Any, prefix: str) -> Iterator[Thing]:
    for it in swift.containers():
        if it.name.startswith(prefix):
            # openstacksdk leaves out what we want to know of it.
            said = {key.lower(): value for key, value in swift.head(f"/{it.name}").headers.items()}
            kept = ("x-container-meta-", "x-versions-enabled", "x-container-read", "x-container-write")
            yield thing("container", it.name, says={k: v for k, v in said.items() if k.startswith(kept)})
