"""What the tools call the same resources: Terraform's types and blocks, and Pulumi's names for them."""

from __future__ import annotations

from functools import cache
from typing import Any

from socle.paths import ROOT

PROVIDER = "provider"
"""The one type here that is no resource."""
NAMELESS = frozenset(
    [
        "blockstorage_volume_attach_v3",
        "compute_volume_attach_v2",
        "identity_role_assignment_v3",
        "networking_floatingip_associate_v2",
        "networking_floatingip_v2",
        "networking_portforwarding_v2",
        "networking_router_interface_v2",
        "networking_secgroup_rule_v2",
    ]
)
PLURALS = {
    "fixed_ip": "fixed_ips",
    "network": "networks",
    "block_device": "block_devices",
    "multi_factor_auth_rule": "multi_factor_auth_rules",
    "rule": "rules",
}
"""Pulumi calls a repeated block by its plural."""
SINGLE = ("acl", "read")
"""Blocks of which there is one at most: Pulumi has no list there."""
STANDING = {
    "image": "image-id",
    "image-name": "debian-13",
    "flavor": "flavor-id",
    "external": "public-id",
    "external-name": "public",
}
"""What a cloud has already, where there is none."""


@cache
def tokens() -> dict[str, tuple[str, str]]:
    """By Terraform type, module and class of the Python SDK, as the project's own provider pairs them."""
    lines = (ROOT / "toolchain/provider/tokens.txt").read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if line.startswith("resource ")]
    return {
        type_.removeprefix("openstack_"): (token.partition("/")[0], token.rpartition(":")[2])
        for _, type_, token, *_ in words
    }


def pulumi_arguments(said: Any) -> Any:
    """Arguments in the form of Pulumi's Python SDK: plurals of blocks, no list where there is one."""
    if isinstance(said, list):
        return [pulumi_arguments(one) for one in said]
    if not isinstance(said, dict):
        return said
    made = {}
    for name, value in said.items():
        one = value[0] if name in SINGLE and isinstance(value, list) else value
        made[PLURALS.get(name, name)] = pulumi_arguments(one)
    return made
