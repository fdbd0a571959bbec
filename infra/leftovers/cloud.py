"""What the project has in the cloud, in the words of the program's inputs; and deleting one thing of it."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from infra.leftovers.kinds import TAGS, Found

GONE_SECONDS = 180.0
MAKING = ("creating", "downloading")
_NET = "openstack:networking/"
_ROUTER_PORT = "network:router_interface"


def patient(cloud: Any) -> Any:
    """The connection, made to ask again when a service is busy: all we ask is safe to repeat.

    openstacksdk itself asks once more when a connection breaks.
    """
    # Its words about that are not for people who read what was settled.
    logging.getLogger("keystoneauth").setLevel(logging.ERROR)
    for service in (cloud.network, cloud.compute, cloud.block_storage):
        service.status_code_retries = 5
        service.retriable_status_codes = (429, 502, 503)
    return cloud


def listed(cloud: Any) -> list[Found]:
    """Everything of the session's project that KINDS knows; a few calls a service, whatever the number."""
    project = cloud.current_project_id
    return [*_network(cloud.network, project), *_compute(cloud.compute), *_volumes(cloud.block_storage)]


def _network(net: Any, project: str) -> Iterator[Found]:
    def named(kind: str, thing: Any, busy: str = "", **more: Any) -> Found:
        said = {"name": thing.name, "description": thing.description, TAGS: list(thing.tags or ()), **more}
        return Found(_NET + kind, thing.id, said, busy, when(thing))

    own = {"project_id": project}
    yield from (named("network:Network", it) for it in net.networks(**own))
    for subnet in net.subnets(**own):
        yield named("subnet:Subnet", subnet, cidr=subnet.cidr)
        yield from (_route(subnet.id, route) for route in subnet.host_routes or ())
    yield from (named("router:Router", it) for it in net.routers(**own))
    yield from (named("secGroup:SecGroup", it) for it in net.security_groups(**own))
    for port in net.ports(**own):
        if port.device_owner == _ROUTER_PORT:
            for fixed in port.fixed_ips:
                ends = {"routerId": port.device_id, "subnetId": fixed["subnet_id"], "portId": port.id}
                yield Found(_NET + "routerInterface:RouterInterface", port.id, ends, made=when(port))
        elif not (port.device_owner or "").startswith("network:"):
            yield named("port:Port", port, "a server uses it" if port.device_id else "")
    for rule in net.security_group_rules(**own):
        yield Found(
            _NET + "secGroupRule:SecGroupRule",
            rule.id,
            {
                "securityGroupId": rule.security_group_id,
                "direction": rule.direction,
                "ethertype": rule.ether_type,
                "protocol": rule.protocol,
                "portRangeMin": rule.port_range_min,
                "portRangeMax": rule.port_range_max,
                "remoteIpPrefix": rule.remote_ip_prefix,
                "remoteGroupId": rule.remote_group_id,
            },
            made=when(rule),
        )
    for policy in net.rbac_policies(**own):
        yield Found(
            _NET + "rbacPolicyV2:RbacPolicyV2",
            policy.id,
            {
                "action": policy.action,
                "objectType": policy.object_type,
                "objectId": policy.object_id,
                "targetTenant": policy.target_project_id,
            },
        )
    for address in net.ips(**own):
        busy = "it leads to a port" if address.port_id else ""
        yield named("floatingIp:FloatingIp", address, busy, name=address.floating_ip_address)


def _route(subnet_id: str, route: dict[str, str]) -> Found:
    """A route that a subnet gives its hosts; neutron neither numbers nor dates it."""
    to, via = route["destination"], route["nexthop"]
    said = {"subnetId": subnet_id, "destinationCidr": to, "nextHop": via}
    # The id is the one that the Pulumi provider makes of the three.
    return Found(_NET + "subnetRoute:SubnetRoute", f"{subnet_id}-route-{to}-{via}", said)


def _compute(nova: Any) -> Iterator[Found]:
    for key in nova.keypairs():
        yield Found(
            "openstack:compute/keypair:Keypair", key.name, {"name": key.name, "publicKey": key.public_key}
        )
    for group in nova.server_groups():
        busy = "servers are in it" if group.member_ids else ""
        yield Found("openstack:compute/serverGroup:ServerGroup", group.id, {"name": group.name}, busy)
    for server in nova.servers(details=True):
        said = {"name": server.name, "metadata": dict(server.metadata or {})}
        busy = "a volume is attached to it" if server.attached_volumes else ""
        yield Found("openstack:compute/instance:Instance", server.id, said, busy, when(server))


def _volumes(cinder: Any) -> Iterator[Found]:
    for volume in cinder.volumes(details=True):
        said = {
            "name": volume.name,
            "description": volume.description,
            "size": volume.size,
            "volumeType": volume.volume_type,
            "availabilityZone": volume.availability_zone,
            "metadata": dict(volume.metadata or {}),
        }
        # Cinder says "error" of what it could not make, and of other failures other words.
        unmade = volume.status == "error" and not volume.attachments
        busy = "" if volume.status == "available" else f"its status is {volume.status}"
        yield Found(
            "openstack:blockstorage/volume:Volume",
            volume.id,
            said,
            busy,
            when(volume),
            unsettled=volume.status in MAKING,
            unmade=unmade,
        )
        for place in volume.attachments:
            ends = {"instanceId": place["server_id"], "volumeId": volume.id}
            name = f"of {volume.name} to {place['server_id']}"
            # Nova numbers attachments by their volume.
            yield Found(
                "openstack:compute/volumeAttach:VolumeAttach",
                f"{place['server_id']}/{volume.id}",
                {"name": name, **ends},
            )


def failed_volumes(cloud: Any) -> frozenset[str]:
    """Ids of volumes that cinder could not make."""
    return frozenset(it.id for it in cloud.block_storage.volumes(details=True) if it.status == "error")


def when(thing: Any) -> datetime | None:
    """When the service says that it was made; cinder leaves out that its times are UTC."""
    made = datetime.fromisoformat(thing.created_at) if thing.created_at else None
    return made.replace(tzinfo=UTC) if made and made.tzinfo is None else made


def delete(cloud: Any, thing: Found) -> None:
    """Delete it and see that it is gone; raises what openstacksdk raises, TimeoutError when it stays."""
    net, nova = cloud.network, cloud.compute
    kind = thing.type.rpartition("/")[2]
    if kind == "routerInterface:RouterInterface":
        net.remove_interface_from_router(thing.inputs["routerId"], port_id=thing.id)
        return
    if kind == "subnetRoute:SubnetRoute":
        _unroute(net, thing)
        return
    ways: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
        "network:Network": (net.delete_network, net.find_network),
        "subnet:Subnet": (net.delete_subnet, net.find_subnet),
        "router:Router": (net.delete_router, net.find_router),
        "port:Port": (net.delete_port, net.find_port),
        "secGroup:SecGroup": (net.delete_security_group, net.find_security_group),
        "secGroupRule:SecGroupRule": (net.delete_security_group_rule, net.find_security_group_rule),
        "floatingIp:FloatingIp": (net.delete_ip, net.find_ip),
        "rbacPolicyV2:RbacPolicyV2": (net.delete_rbac_policy, net.find_rbac_policy),
        "keypair:Keypair": (nova.delete_keypair, nova.find_keypair),
        "serverGroup:ServerGroup": (nova.delete_server_group, nova.find_server_group),
        "volume:Volume": (cloud.block_storage.delete_volume, cloud.block_storage.find_volume),
        "instance:Instance": (nova.delete_server, nova.find_server),
    }
    remove, find = ways[kind]
    remove(thing.id)
    until = time.monotonic() + GONE_SECONDS
    while find(thing.id, ignore_missing=True) is not None:
        if time.monotonic() > until:
            raise TimeoutError(
                f"{thing.name} ({thing.id}) was deleted {GONE_SECONDS:.0f} s ago and is still there"
            )
        time.sleep(1)


def _unroute(net: Any, route: Found) -> None:
    subnet = net.get_subnet(route.inputs["subnetId"])
    left = [it for it in subnet.host_routes or () if _route(subnet.id, it).id != route.id]
    net.update_subnet(subnet, host_routes=left)
