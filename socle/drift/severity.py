"""How much a finding matters: by kind and field, and one step more where health data is. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from socle.drift.compare import Finding, State
from socle.drift.thing import Declared
from socle.records import Severity

_STEPS = tuple(Severity)
# What opens a way in or out, or lets somebody else in.
_HIGH = {
    ("port", "security_groups"),
    ("port", "allowed_address_pairs"),
    ("port", "port_security_enabled"),
    ("port", "addresses"),
    ("port", "network_id"),
    ("port", "extra_dhcp_opts"),
    ("router interface", "router_id"),
    ("router interface", "subnets"),
    ("router interface", "allowed_address_pairs"),
    ("router", "routes"),
    ("router", "gateway_network_id"),
    ("router", "enable_snat"),
    ("network", "port_security_enabled"),
    ("network", "shared"),
    ("network", "external"),
    ("subnet", "host_routes"),
    ("subnet", "gateway_ip"),
    ("subnet", "dns_nameservers"),
    ("subnet", "enable_dhcp"),
    ("floating IP", "port_id"),
    ("floating IP", "port_forwardings"),
    ("server", "image_id"),
    ("server", "key_name"),
    ("key pair", "public_key"),
    ("volume", "attached_to"),
    ("volume", "volume_type"),
    ("volume", "multiattach"),
    ("container", "read_acl"),
    ("container", "write_acl"),
    ("container", "versioning"),
    ("container", "legacy_versions"),
    ("container", "sync_to"),
    ("container", "sync_key"),
    ("container", "temp_url_key"),
    ("container", "temp_url_key_2"),
    ("account", "temp_url_key"),
    ("account", "temp_url_key_2"),
    ("account", "access_control"),
    ("user", "enabled"),
    ("image", "visibility"),
    ("image", "members"),
}
_LOW = frozenset(("name", "description", "tags", "mac_address", "mtu", "dns_domain"))
_STRANGERS = {
    "security group rule": Severity.HIGH,
    "floating IP": Severity.HIGH,
    "router": Severity.HIGH,
    "router interface": Severity.HIGH,
    "RBAC policy": Severity.CRITICAL,
    "server": Severity.HIGH,
    "port": Severity.HIGH,
    "snapshot": Severity.HIGH,
    "backup": Severity.HIGH,
    "volume transfer": Severity.CRITICAL,
    "image": Severity.HIGH,
    "user": Severity.CRITICAL,
    "role assignment": Severity.CRITICAL,
    "application credential": Severity.CRITICAL,
    "EC2 credential": Severity.CRITICAL,
    "trust": Severity.CRITICAL,
}
"""Of what nobody declared; medium for a kind that is not here."""


def severity(finding: Finding, declared: Mapping[str, Declared]) -> Severity | None:
    """None for what is no finding. `declared`: every declared thing by id, to find whose part it is."""
    if finding.state in (State.IN_SYNC, State.UNPROVEN):
        return None
    field = finding.field.partition(".")[0]
    if finding.state is State.UNMANAGED:
        step = _STRANGERS.get(finding.kind, Severity.MEDIUM)
    elif finding.state is State.MISSING or (finding.kind, field) in _HIGH:
        step = Severity.HIGH
    else:
        step = Severity.LOW if field in _LOW else Severity.MEDIUM
    if step is not Severity.LOW and holds_health_data(finding, declared):
        step = _STEPS[min(_STEPS.index(step) + 1, len(_STEPS) - 1)]
    return step


def holds_health_data(finding: Finding, declared: Mapping[str, Declared]) -> bool:
    """By the labels of the thing itself, or of what it is a part of or leads to."""
    here = finding.declared or finding.found
    if here is None:
        return False
    near = [here, declared.get(here.within), declared.get(str(here.fields.get("device_id", "")))]
    return any(labels(one.fields).get("class") == "health" for one in near if one is not None)


def labels(fields: Mapping[str, object]) -> dict[str, str]:
    """What a thing says about itself, wherever its service keeps that."""
    found: dict[str, str] = {}
    tags, metadata = fields.get("tags"), fields.get("metadata")
    if isinstance(tags, list):
        found |= dict(str(tag).split("=", 1) for tag in tags if "=" in str(tag))
    if isinstance(metadata, Mapping):
        found |= {str(key): str(value) for key, value in metadata.items()}
    return found
