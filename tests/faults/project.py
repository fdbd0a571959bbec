"""Lists everything that the session's project has in the cloud, a few paged calls a service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.faults.inventory import Thing

MANAGER = "customer"
"""Who makes projects and users: an entry of the embedded cloud's clouds.yaml."""


def listed() -> list[Thing]:
    """Everything of the project that $OS_CLOUD names, and of our domain; raises what openstacksdk raises."""
    import openstack

    # Versions of openstacksdk differ in how much of themselves they annotate.
    connection: Any = openstack.connect()
    with connection as cloud, openstack.connect(cloud=MANAGER) as manager:
        return [*everything(cloud), *identities(cloud, manager)]


def identities(cloud: Any, manager: Any) -> Iterator[Thing]:
    """Projects and users of the manager's domain; those that the two sessions use themselves say so."""
    domain = manager.session.auth.get_access(manager.session).domain_id
    used = {cloud.current_project_id, cloud.current_user_id, manager.current_user_id}
    for kind, listing in (("project", manager.identity.projects), ("user", manager.identity.users)):
        for one in listing(domain_id=domain):
            yield Thing(kind, one.id, one.name, {"used": "by us"} if one.id in used else {})


def everything(cloud: Any) -> Iterator[Thing]:
    """All kinds, in no order."""
    yield from _network(cloud.network, str(cloud.current_project_id))
    for server in cloud.compute.servers(details=True):
        yield Thing("server", server.id, server.name)
    for key in cloud.compute.keypairs():
        yield Thing("keypair", key.name, key.name)
    for group in cloud.compute.server_groups():
        yield Thing("server group", group.id, group.name)
    for volume in cloud.block_storage.volumes(details=True):
        yield Thing("volume", volume.id, volume.name)
        for place in volume.attachments:
            yield Thing("attachment", f"{place['server_id']}/{volume.id}", volume.name)
    for snapshot in cloud.block_storage.snapshots(details=False):
        yield Thing("snapshot", snapshot.id, snapshot.name)
    for container in cloud.object_store.containers():
        yield Thing("container", container.name, container.name)
    used = cloud.config.get_auth_args().get("application_credential_id")
    for credential in cloud.identity.application_credentials(user=cloud.current_user_id):
        facts = {"used": "by us"} if credential.id == used else {}
        yield Thing("application credential", credential.id, credential.name, facts)


def _network(net: Any, project: str) -> Iterator[Thing]:
    # Without asking for a project, lists show what is shared with everybody, too.
    for network in net.networks():
        yield Thing("network", network.id, network.name, {"project": network.project_id, "ours": project})
    for subnet in net.subnets():
        yield Thing("subnet", subnet.id, subnet.name, {"project": subnet.project_id, "ours": project})
    for router in net.routers(project_id=project):
        yield Thing("router", router.id, router.name)
    for port in net.ports(project_id=project):
        yield Thing("port", port.id, port.name, {"owner": port.device_owner or ""})
    groups = {group.id: group.name for group in net.security_groups(project_id=project)}
    for number, name in groups.items():
        yield Thing("security group", number, name)
    for rule in net.security_group_rules(project_id=project):
        facts = {"group": groups.get(rule.security_group_id, "")}
        yield Thing("security group rule", rule.id, rule.description or "", facts)
    for address in net.ips(project_id=project):
        yield Thing("floating IP", address.id, address.floating_ip_address)
    for policy in net.rbac_policies(project_id=project):
        yield Thing("RBAC policy", policy.id)
