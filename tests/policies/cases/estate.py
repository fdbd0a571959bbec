"""A good stack with something of every kind that policies read. It breaks none; `mutations` break it."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_openstack as o

from tests.policies.cases.data import READ, TLS
from tests.policies.cases.kit import ED25519, REGION, Case, case, egress, ingress

NAME = "PACK-01.pass-estate"
SHA256 = "7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"
SETTINGS: dict[str, dict[str, Any]] = {
    "CMP-10": {"manifest": {"image": SHA256}},
    "IAM-02": {"roles": ["reader", "exporter", "clerk"]},
}
SHARED = "10.1.0.5/32"
OUT = (egress(6514, SHARED), egress(123, SHARED, "udp"), egress(53, SHARED, "udp"))
HEALTH = {"class": "health", "owner": "team"}


@case("PACK-01", "pass-estate", unproven=["DAT-01"], settings=SETTINGS)
def _(c: Case) -> None:
    """Network and hosts, then what they hold, then who may what."""
    standing(c)
    holding(c)
    naming(c)


def standing(c: Case) -> None:
    """Zones, an entrance, workers of one role, a database; a space each for alpha and beta."""
    services, data = c.network("services"), c.data_net("data")
    admin = c.network("admin", "10.2.0.0/24", c.tags("admin"))
    c.router("core", services, data, admin)
    c.router("edge", services, admin, external_network_id="public-id")
    c.host("shared", services, "10.1.0.5", ingress(6514, "10.0.0.0/8"), role="collector,time,resolver")
    bastion = c.host(
        "bastion", admin, "10.2.0.2", ingress(22, "203.0.114.0/24"), *OUT, egress(22), role="bastion"
    )
    c.floating(bastion.port, "door")
    key = c.make(o.compute.Keypair, "key", name="key", public_key=ED25519)
    image = {"container_format": "bare", "disk_format": "raw", "local_file_path": "/dev/null"}
    image |= {"visibility": "private", "protected": True, "verify_checksum": True}
    own = c.make(o.images.Image, "image", name="own", **image, properties={"sha256": SHA256})
    c.make(o.images.ImageAccess, "image-access", image_id=own.id, member_id=c.project("projects").id)
    apart = c.make(o.compute.ServerGroup, "apart", name="apart", policies="anti-affinity")
    hints = {"scheduler_hints": [{"group": apart.id}], "availability_zone": "one", "key_pair": key.name}
    admins = ingress(22, "10.2.0.2/32")
    w0 = c.host("w0", services, "10.1.0.6", admins, egress(5432), *OUT, role="worker", **hints)
    c.host("w1", services, "10.1.0.7", admins, *OUT, role="worker", **hints, image_id=own.id)
    db = c.host("db", data, "10.3.0.5", admins, *OUT, role="database", user_data="#cloud-config\n")
    c.rule(db.group, "db-in", port_range_min=5432, port_range_max=5432, remote_group_id=w0.group.id)
    for number, space in enumerate(("alpha", "beta")):
        net = c.network(space, f"10.5.{number}.0/24", c.tags("spaces", "health", space))
        keyed = c.make(o.compute.Keypair, f"key-{space}", name=f"key-{space}", public_key=ED25519)
        at = f"10.5.{number}.5"
        c.router(f"core-{space}", net, services)
        c.host(f"desk-{space}", net, at, admins, *OUT, role="workstation", key_pair=keyed.name)
    lb = c.make(o.loadbalancer.LoadBalancer, "lb", name="lb", vip_subnet_id=data.subnet.id)
    versions = {"name": "l", "protocol_port": 443, "tls_versions": ["TLSv1.2", "TLSv1.3"], **TLS}
    c.make(o.loadbalancer.Listener, "listener", loadbalancer_id=lb.id, **versions)
    pinned = {"protocol": "HTTP", "tls_enabled": True, "ca_tls_container_ref": "https://keys.example/ca"}
    pool = c.make(o.loadbalancer.Pool, "pool", lb_method="ROUND_ROBIN", loadbalancer_id=lb.id, **pinned)
    c.make(o.loadbalancer.Member, "member", pool_id=pool.id, address="10.3.0.5", protocol_port=5432)
    c.make(o.networking.Trunk, "trunk", name="trunk", admin_state_up=True, port_id=w0.port.id)
    shared = {"action": "access_as_external", "object_type": "network", "object_id": services.id}
    c.make(o.networking.RbacPolicyV2, "rbac", **shared, target_tenant="project-id")
    c.make(o.dns.RecordSet, "record", zone_id="z", name="w0.example.", type="A", records=["10.1.0.6"])
    strong = {"encryption_algorithm": "aes-256", "auth_algorithm": "sha256", "pfs": "group14"}
    c.make(o.vpnaas.IkePolicy, "ike", name="ike", ike_version="v2", **strong)
    c.make(o.vpnaas.IpSecPolicy, "ipsec", name="ipsec", **strong)
    at = {"peer_id": "198.51.100.7", "peer_address": "198.51.100.7", "vpnservice_id": "v"}
    psk = pulumi.Output.secret("of-a-test-alone")
    c.make(o.vpnaas.SiteConnection, "site", name="s", psk=psk, ikepolicy_id="i", ipsecpolicy_id="p", **at)


def holding(c: Case) -> None:
    """Volumes, containers of every use, an object, a temporary address, a share."""
    health = {**HEALTH, "zone": "data", "env": "production"}
    held = c.volume("held", {"protect": True}, metadata={**health, "layer": "data"}, availability_zone="one")
    c.volume("copy", metadata={**health, "zone": "backup", "backup_of": "held"}, availability_zone="two")
    c.attach(held, c.made["db"])
    c.volume("fresh", source_vol_id=c.volume("golden").id)
    for space in ("alpha", "beta"):
        c.volume(f"disk-{space}", metadata={**HEALTH, "space": space, "zone": "spaces"})
    for stage in ("request", "quarantine", "release"):
        c.container(stage, container_write=f"p:{stage}", metadata={**HEALTH, "stage": stage})
    c.make(o.objectstorage.TempUrl, "address", container=c.made["release"].name, object="o", ttl=3600,
           method="get")  # fmt: skip
    labels = {"class": "technical", "owner": "team", "holds": "logs", "retention_days": "200"}
    logs = c.container("logs", container_write=None, metadata=labels)
    c.make(o.objectstorage.ContainerObject, "log", container_name=logs.name, name="l", content="-",
           delete_after=200 * 86_400)  # fmt: skip
    reader = c.project("project-alpha", "alpha")
    c.container("granted", container_read=reader.id.apply(lambda it: f"{it}:*"),
                metadata={**HEALTH, "space": "alpha"})  # fmt: skip
    share = c.make(o.sharedfilesystem.Share, "share", name="share", share_proto="NFS", size=1)
    c.make(o.sharedfilesystem.ShareAccess, "share-access", share_id=share.id, access_type="ip",
           access_to="10.1.0.6", access_level="rw")  # fmt: skip


def naming(c: Case) -> None:
    """Users, roles, credentials, keys, a second provider, an output."""
    user, other, group = c.user(), c.user("clerk-user"), c.make(o.identity.GroupV3, "people", name="people")
    for name in ("reader", "exporter", "clerk"):
        c.make(o.identity.Role, name, name=name)
    project = c.made["project-alpha"]
    c.assign(user, project, "assign", c.made["exporter"].id)
    c.assign(other, project, "assign-clerk", c.made["clerk"].id)
    c.make(o.identity.RoleAssignment, "assign-people", group_id=group.id, project_id=project.id,
           role_id=c.made["reader"].id)  # fmt: skip
    rules = [{"path": "/v3/x", "method": "GET", "service": "identity"}]
    c.make(o.identity.ApplicationCredential, "credential", name="c", expires_at="2027-01-31T00:00:00Z",
           access_rules=rules)  # fmt: skip
    secret = {"expiration": "2027-11-01T00:00:00Z", "acl": READ, "algorithm": "aes", "bit_length": 256}
    c.make(o.keymanager.SecretV1, "secret", name="one", **secret)
    c.make(o.keymanager.ContainerV1, "keys", name="keys", type="generic", acl=READ)
    o.Provider(f"{c.name}/provider", region=REGION, auth_url="https://identity.example/v3")
    pulumi.export(f"{c.name}/address", "10.1.0.5")
