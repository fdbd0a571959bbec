"""The exact next command for a finding. Says it; runs nothing. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from socle.drift.compare import Finding, State

Hand = Callable[[str, Any, str], str]
ALLOW = "or allow it, with an owner and an end, in stacks/drift.yaml"
_DELETE: Mapping[str, str] = {
    "network": "openstack network delete {}",
    "subnet": "openstack subnet delete {}",
    "router": "openstack router delete {}",
    "router interface": "openstack port show {}   # then: openstack router remove port ROUTER {}",
    "port": "openstack port delete {}",
    "security group": "openstack security group delete {}",
    "security group rule": "openstack security group rule delete {}",
    "floating IP": "openstack floating ip delete {}",
    "RBAC policy": "openstack network rbac delete {}",
    "server": "openstack server delete {}",
    "server group": "openstack server group delete {}",
    "key pair": "openstack keypair delete {}",
    "volume": "openstack volume show {}   # may hold data; then: openstack volume delete {}",
    "snapshot": "openstack volume snapshot delete {}",
    "backup": "openstack volume backup delete {}",
    "volume transfer": "openstack volume transfer request delete {}",
    "image": "openstack image delete {}",
    "container": "openstack container show {}   # may hold data; then: openstack container delete {}",
    "secret": "openstack secret list   # look whose {} is, then: openstack secret delete HREF",
    "project": "openstack project delete {}",
    "user": "openstack user delete {}",
    "application credential": "openstack application credential delete {}",
    "EC2 credential": "openstack ec2 credentials delete {}",
    "trust": "openstack trust delete {}",
}
_TYPES: Mapping[str, str] = {
    "network": "openstack:networking/network:Network",
    "subnet": "openstack:networking/subnet:Subnet",
    "router": "openstack:networking/router:Router",
    "port": "openstack:networking/port:Port",
    "security group": "openstack:networking/secGroup:SecGroup",
    "security group rule": "openstack:networking/secGroupRule:SecGroupRule",
    "floating IP": "openstack:networking/floatingIp:FloatingIp",
    "RBAC policy": "openstack:networking/rbacPolicyV2:RbacPolicyV2",
    "server": "openstack:compute/instance:Instance",
    "server group": "openstack:compute/serverGroup:ServerGroup",
    "key pair": "openstack:compute/keypair:Keypair",
    "volume": "openstack:blockstorage/volume:Volume",
    "container": "openstack:objectstorage/container:Container",
    "project": "openstack:identity/project:Project",
    "user": "openstack:identity/user:User",
}


def next_command(finding: Finding) -> str:
    """One line; empty where there is nothing to do."""
    match finding.state:
        case State.UNMANAGED:
            return _stranger(finding)
        case State.MISSING:
            return _up(finding)
        case State.CHANGED:
            return _by_hand(finding) or _up(finding)
        case State.UNPROVEN:
            return "see why, then run `socle drift` again"
        case _:
            return ""


def _up(finding: Finding) -> str:
    one = finding.declared
    return f"pulumi up -s {one.stack} --refresh --target {shlex.quote(one.urn)}" if one else ""


def _stranger(finding: Finding) -> str:
    number = shlex.quote(finding.id)
    delete = _DELETE.get(finding.kind, "").replace("{}", number)
    kind = _TYPES.get(finding.kind)
    adopt = f"adopt: declare it, then pulumi import {kind} NAME {number} -s STACK" if kind else ""
    return "; ".join(part for part in (f"delete: {delete}" if delete else "", adopt, ALLOW) if part)


def _by_hand(finding: Finding) -> str:
    """Where the provider does not read a field back, `up` would not put it right."""
    top, _, key = finding.field.partition(".")
    way = _HANDS.get((finding.kind, top))
    return way(shlex.quote(finding.id), finding.expected, key) if way else ""


def _groups(number: str, wanted: Any, _key: str) -> str:
    return f"openstack port set --no-security-group{_each('--security-group', wanted)} {number}"


def _addresses(number: str, wanted: Any, _key: str) -> str:
    fixed = [f"ip-address={it}" for it in wanted]
    return f"openstack port set --no-fixed-ip{_each('--fixed-ip', fixed)} {number}"


def _pairs(number: str, wanted: Any, _key: str) -> str:
    pairs = [f"ip-address={ip},mac-address={mac}" for ip, _, mac in (str(it).partition(" ") for it in wanted)]
    return f"openstack port set --no-allowed-address{_each('--allowed-address', pairs)} {number}"


def _server_metadata(number: str, wanted: Any, key: str) -> str:
    if wanted is None:
        return f"openstack server unset --property {shlex.quote(key)} {number}"
    return f"openstack server set --property {shlex.quote(f'{key}={wanted}')} {number}"


def _container_metadata(number: str, wanted: Any, key: str) -> str:
    return f"swift post -m {shlex.quote(f'{key}:{wanted or str()}')} {number}"


def _list(option: str) -> Hand:
    return lambda number, wanted, _key: f"swift post {option} {shlex.quote(','.join(wanted))} {number}"


def _no_key(header: str) -> Hand:
    return lambda number, _wanted, _key: f"swift post -m {shlex.quote(header)} {number}"


def _no_account_key(header: str) -> Hand:
    return lambda _number, _wanted, _key: f"swift post -m {shlex.quote(header)}"


def _each(option: str, values: Any) -> str:
    return "".join(f" {option} {shlex.quote(str(value))}" for value in values)


_HANDS: Mapping[tuple[str, str], Hand] = {
    ("port", "security_groups"): _groups,
    ("port", "addresses"): _addresses,
    ("port", "allowed_address_pairs"): _pairs,
    ("server", "metadata"): _server_metadata,
    ("server", "locked"): lambda number, _wanted, _key: f"openstack server unlock {number}",
    ("container", "read_acl"): _list("--read-acl"),
    ("container", "write_acl"): _list("--write-acl"),
    ("container", "temp_url_key"): _no_key("Temp-URL-Key:"),
    ("container", "temp_url_key_2"): _no_key("Temp-URL-Key-2:"),
    ("container", "metadata"): _container_metadata,
    ("account", "temp_url_key"): _no_account_key("Temp-URL-Key:"),
    ("account", "temp_url_key_2"): _no_account_key("Temp-URL-Key-2:"),
}
