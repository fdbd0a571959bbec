"""What OpenStack's services answer about the things of tests/unit/drift/states.json, in their own shapes.

The shapes are those of a live cloud (neutron, nova 2.73, cinder 3.64, glance, swift, keystone, barbican); the
values follow from the states by names of the APIs, without the code under test.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

STATES: dict[str, Any] = json.loads((Path(__file__).parent / "states.json").read_text(encoding="utf-8"))
PROJECT = "24d55a2065274c1180de01dd806650ce"
USER = "platform-user-id"
PUBLIC = "0a0a0a0a-public"
ANY: dict[str, Any] = {"protocol": None, "port_range_min": None, "port_range_max": None}


def states() -> dict[str, Any]:
    return copy.deepcopy(STATES)


def _of(kind: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [
        (one["id"], one["inputs"], one["outputs"])
        for state in STATES.values()
        for one in state["deployment"]["resources"]
        if one["type"].endswith(f":{kind}")
    ]


def everything() -> dict[str, Any]:
    """Lists by path; containers and the account by their headers. A copy, to be changed as one likes."""
    return copy.deepcopy(_everything())


def _everything() -> dict[str, Any]:
    times = {"created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-02T10:00:00Z", "revision_number": 3}
    network = {
        path: items if path.endswith("rbac-policies") else [{**it, **times} for it in items]
        for path, items in _network().items()
    }
    return {
        **network,
        **_compute(),
        "actions": {},
        "/block/volumes/detail": _volumes(),
        "/block/snapshots/detail": [],
        "/block/backups/detail": [],
        "/block/os-volume-transfer/detail": [],
        "/image/images": [],
        "/key/secrets": [
            {"secret_ref": f"https://somewhere/v1/secrets/{it['encryption_key_id']}", "name": None,
             "secret_type": "symmetric"}
            for it in _volumes()
        ],
        **_identity(),
        "account": {"X-Account-Container-Count": "5"},
        "containers": _containers(),
    }  # fmt: skip


def _network() -> dict[str, Any]:
    policies = [
        {"id": number, "action": it["action"], "object_type": it["objectType"], "object_id": it["objectId"],
         "target_tenant": it["targetTenant"], "project_id": PROJECT}
        for number, it, _ in _of("RbacPolicyV2")
    ]  # fmt: skip
    outside = {it["object_id"] for it in policies}
    networks = [
        {"id": number, "name": it["name"], "description": it["description"], "admin_state_up": True,
         "port_security_enabled": True, "shared": False, "router:external": number in outside,
         "mtu": noted["mtu"], "qos_policy_id": None, "tags": it["tags"][::-1], "project_id": PROJECT,
         "status": "ACTIVE"}
        for number, it, noted in _of("Network")
    ]  # fmt: skip
    public = {
        **networks[0],
        "id": PUBLIC,
        "name": "public",
        "project_id": "operator",
        "router:external": True,
    }
    groups = [
        {"id": number, "name": it["name"], "description": it["description"], "stateful": True,
         "tags": it["tags"], "project_id": PROJECT}
        for number, it, _ in _of("SecGroup")
    ]  # fmt: skip
    default = {**groups[0], "id": "default-group", "name": "default", "description": "Default security group"}
    return {
        "/network/networks": [*networks, public],
        "/network/subnets": _subnets(),
        "/network/routers": _routers(),
        "/network/ports": _ports(),
        "/network/security-groups": [*groups, {**default, "tags": []}],
        "/network/security-group-rules": _rules(),
        "/network/floatingips": _floating({it["name"]: it["id"] for it in [*networks, public]}),
        "/network/rbac-policies": policies,
    }


def _subnets() -> list[Any]:
    return [
        {"id": number, "name": it["name"], "description": it["description"], "network_id": it["networkId"],
         "cidr": it["cidr"], "ip_version": 4, "gateway_ip": it.get("gatewayIp"), "enable_dhcp": False,
         "allocation_pools": [{"start": p["start"], "end": p["end"]} for p in it["allocationPools"]],
         "dns_nameservers": [], "service_types": [], "tags": it["tags"], "project_id": PROJECT,
         "host_routes": [{"destination": r["destinationCidr"], "nexthop": r["nextHop"]}
                         for _, r, _ in _of("SubnetRoute") if r["subnetId"] == number]}
        for number, it, _ in _of("Subnet")
    ]  # fmt: skip


def _routers() -> list[Any]:
    def gateway(it: dict[str, Any], noted: dict[str, Any]) -> Any:
        if "externalNetworkId" not in it:
            return None
        addresses = [
            {"ip_address": a["ipAddress"], "subnet_id": a["subnetId"]} for a in noted["externalFixedIps"]
        ]
        return {"network_id": it["externalNetworkId"], "enable_snat": True, "external_fixed_ips": addresses}

    return [
        {"id": number, "name": it["name"], "description": it["description"], "admin_state_up": True,
         "routes": [], "external_gateway_info": gateway(it, noted), "tags": it["tags"], "project_id": PROJECT}
        for number, it, noted in _of("Router")
    ]  # fmt: skip


def _ports() -> list[Any]:
    servers = {net["port"]: number for number, it, _ in _of("Instance") for net in it["networks"]}
    routers = {noted["portId"]: it["routerId"] for _, it, noted in _of("RouterInterface")}
    shape = {"status": "ACTIVE", "binding:vnic_type": "normal", "allowed_address_pairs": [],
             "extra_dhcp_opts": [], "qos_policy_id": None, "project_id": PROJECT}  # fmt: skip
    found = []
    for number, it, noted in _of("Port"):
        owner = (
            "compute:nova" if number in servers else "network:router_interface" if number in routers else ""
        )
        found.append({**shape, "id": number, "name": it["name"], "description": it["description"],
            "network_id": it["networkId"], "admin_state_up": True, "mac_address": noted["macAddress"],
            "port_security_enabled": it["portSecurityEnabled"], "tags": it["tags"],
            "device_id": servers.get(number) or routers.get(number, ""), "device_owner": owner,
            "fixed_ips": [{"subnet_id": f["subnetId"], "ip_address": f["ipAddress"]} for f in it["fixedIps"]],
            "security_groups": it.get("securityGroupIds", [])})  # fmt: skip
    known = {it["id"] for it in found}
    guest = {**shape, "name": "", "description": "", "admin_state_up": True, "mac_address": "fa:16:3e:0:0:1",
             "port_security_enabled": False, "tags": [], "security_groups": []}  # fmt: skip
    for number, it, noted in _of("RouterInterface"):
        if number not in known:
            found.append({**guest, "id": number, "network_id": "n", "device_id": it["routerId"],
                "device_owner": "network:router_interface",
                "fixed_ips": [{"subnet_id": noted["subnetId"], "ip_address": "10.0.0.1"}]})  # fmt: skip
    for owner in ("network:distributed", "network:dhcp"):
        found.append({**guest, "id": owner, "network_id": "n", "device_id": "ovnmeta", "device_owner": owner,
            "fixed_ips": []})  # fmt: skip
    return found


def _rules() -> list[Any]:
    found = [
        {"id": number, "description": it["description"], "direction": it["direction"], "ethertype": "IPv4",
         "protocol": it["protocol"], "port_range_min": it.get("portRangeMin"),
         "port_range_max": it.get("portRangeMax"), "remote_ip_prefix": it["remoteIpPrefix"],
         "remote_group_id": None, "remote_address_group_id": None, "project_id": PROJECT,
         "security_group_id": it["securityGroupId"]}
        for number, it, _ in _of("SecGroupRule")
    ]  # fmt: skip
    for way in ("egress", "ingress"):
        for kind in ("IPv4", "IPv6"):
            found.append({**found[0], **ANY, "id": f"default-{way}-{kind}", "description": None,
                "direction": way, "ethertype": kind, "remote_ip_prefix": None,
                "remote_group_id": "default-group" if way == "ingress" else None,
                "security_group_id": "default-group"})  # fmt: skip
    return found


def _floating(networks: dict[str, str]) -> list[Any]:
    ties = {it["floatingIp"]: (it["portId"], noted["fixedIp"]) for _, it, noted in _of("FloatingIpAssociate")}
    return [
        {"id": number, "floating_ip_address": noted["address"], "description": it["description"],
         "port_id": ties[noted["address"]][0], "fixed_ip_address": ties[noted["address"]][1],
         "floating_network_id": networks[it["pool"]], "port_forwardings": [], "tags": it["tags"],
         "project_id": PROJECT}
        for number, it, noted in _of("FloatingIp")
    ]  # fmt: skip


def _compute() -> dict[str, Any]:
    servers = [
        {"id": number, "name": it["name"], "status": "ACTIVE", "metadata": it["metadata"],
         "key_name": it["keyPair"], "flavor": {"original_name": noted["flavorName"], "vcpus": 1},
         "image": {"id": it["imageId"]}, "OS-EXT-AZ:availability_zone": "nova", "config_drive": "True",
         "tags": it["tags"], "locked": False, "description": None, "user_id": USER, "tenant_id": PROJECT,
         "created": "2026-11-01T11:00:00Z", "updated": "2026-11-03T11:00:00Z"}
        for number, it, noted in _of("Instance")
    ]  # fmt: skip
    pairs = [
        {"keypair": {"name": number, "public_key": it["publicKey"] + "\n", "type": "ssh"}}
        for number, it, _ in _of("Keypair")
    ]
    return {
        "/compute/servers/detail": servers,
        "/compute/os-keypairs": pairs,
        "/compute/os-server-groups": [],
    }


def _volumes() -> list[Any]:
    ties = {it["volumeId"]: it["instanceId"] for _, it, _ in _of("VolumeAttach")}
    return [
        {"id": number, "name": it["name"], "description": it["description"], "size": it["size"],
         "volume_type": it["volumeType"], "availability_zone": it["availabilityZone"],
         "metadata": {**it["metadata"], **({"attached_mode": "rw"} if number in ties else {})},
         "attachments": [{"server_id": ties[number]}] if number in ties else [], "encrypted": True,
         "status": "in-use" if number in ties else "available", "bootable": "false", "multiattach": False,
         "snapshot_id": None, "source_volid": None, "encryption_key_id": f"key-of-{number}",
         "user_id": USER, "created_at": "2026-11-01T12:00:00", "updated_at": "2026-11-04T12:00:00"}
        for number, it, _ in _of("Volume")
    ]  # fmt: skip


def _containers() -> dict[str, dict[str, str]]:
    found = {}
    for number, it, _ in _of("Container"):
        said = {f"X-Container-Meta-{key.title()}": value for key, value in it["metadata"].items()}
        said |= {"X-Versions-Enabled": "True", "X-Storage-Policy": "Policy-0"}
        for key, header in (("containerRead", "X-Container-Read"), ("containerWrite", "X-Container-Write")):
            if it.get(key):
                said[header] = it[key]
        found[number] = said
    return found


def _identity() -> dict[str, Any]:
    def assignment(it: dict[str, Any]) -> dict[str, Any]:
        user = {"id": it["userId"], "name": "someone"}
        role = {"id": it["roleId"], "name": "reader"}
        return {"user": user, "role": role, "scope": {"project": {"id": it["projectId"], "name": "p"}}}

    return {
        "/identity/v3/projects": [
            {"id": number, "name": it["name"], "description": it["description"], "enabled": True,
             "tags": it["tags"]}
            for number, it, _ in _of("Project")
        ],
        "/identity/v3/users": [
            {"id": number, "name": it["name"], "description": it["description"], "enabled": it["enabled"]}
            for number, it, _ in _of("User")
        ],
        "/identity/v3/role_assignments": [assignment(it) for _, it, _ in _of("RoleAssignment")],
        f"/identity/v3/users/{USER}/application_credentials": [
            {"id": "the-scans-own", "name": "drift", "roles": [{"id": "r", "name": "member"}]}
        ],
        f"/identity/v3/users/{USER}/credentials/OS-EC2": [],
        "/identity/v3/OS-TRUST/trusts": [],
    }  # fmt: skip
