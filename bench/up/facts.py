"""What both tools are told: the committed platform of one environment, under another name and network.

The Pulumi program reads tables, the HCL in platform/ reads variables; both are written here from the same
specification. Nothing here asks a cloud.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from infra.specification import Specification
from socle.paths import ROOT

ENVIRONMENT = "bench"
NETWORK = "10.18.0.0/16"
STACK = f"{ENVIRONMENT}-platform"
BASE = "local-platform"
"""The stack that is measured: whatever its file says stands in the bench's environment too."""


def checkout(folder: Path, environment: str = ENVIRONMENT, network: str = NETWORK) -> Path:
    """A copy of the program and its tables with a platform of our own among them; returns `folder`."""
    shutil.copytree(ROOT / "infra", folder / "infra")  # with its compiled modules: nobody measures compiling
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    # The guard is a program of the checkout's own environment; starting it is part of what `up` costs.
    (folder / ".venv").symlink_to(ROOT / ".venv")
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    write_yaml(folder / "Pulumi.yaml", project)
    base = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{BASE}.yaml").read_text(encoding="utf-8"))
    own = folder / "stacks" / f"Pulumi.{environment}-platform.yaml"
    write_yaml(own, renamed(base, environment, network))
    return folder


def renamed(stack: dict[str, Any], environment: str = ENVIRONMENT, network: str = NETWORK) -> dict[str, Any]:
    """A platform's stack file, of the bench's environment and in its network; nothing else differs."""
    config = stack["config"]
    platform = {**config["hdh:platform"], "environment": environment, "network": network}
    return {**stack, "config": {**config, "hdh:platform": platform}}


def write_yaml(path: Path, data: dict[str, Any]) -> None:
    """Write it in the order it has."""
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def variables(spec: Specification, public_key: str) -> dict[str, Any]:
    """The variables of the HCL. Rules come from the planner, which both sides thus share."""
    platform, profile = spec.platform, spec.profile
    return {
        "environment": platform.environment,
        "owner": platform.owner,
        "region": profile.region,
        "availability_zone": profile.availability_zone,
        "external_network": profile.external_network,
        "image": profile.image,
        "encrypted_volume_type": profile.encrypted_volume_type,
        "public_key": public_key,
        "network": str(platform.network),
        "zone_prefix": spec.zones.prefix,
        "zones": {
            name: spec.zones.zones[name].model_dump(include={"index", "purpose", "data_class", "gateway"})
            for name in platform.zones
        },
        "hosts": {
            host.name: {
                "zone": host.zone,
                "number": host.number,
                "roles": list(host.roles),
                "flavor": profile.sizes[host.size],
                "volumes": {
                    volume.name: {"size_gib": volume.size_gib, "mount": volume.mount}
                    for volume in host.volumes
                },
            }
            for host in platform.hosts
        },
        "container": {"name": platform.container.name, "purpose": platform.container.purpose},
        "groups": list(spec.plan.perimeter.groups),
        "rules": {
            f"{rule.group} {rule.direction} {rule.protocol} {rule.ports} {rule.remote}": {
                "group": rule.group,
                "direction": rule.direction,
                "protocol": rule.protocol,
                "first": rule.first,
                "last": rule.last,
                "remote": str(rule.remote),
                "flows": list(flows),
            }
            for rule, flows in spec.plan.perimeter.rules.items()
        },
    }
