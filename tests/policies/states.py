"""Exported states of any size, in the form of `pulumi stack export`: hosts with all that belongs to one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PART = 14
"""Resources a host brings."""
PROVIDER = "pulumi:providers:openstack"


def urn(stack: str, type_: str, name: str) -> str:
    """Of a resource of the project `huge`."""
    return f"urn:pulumi:{stack}::huge::{type_}::{name}"


def resource(stack: str, type_: str, name: str, /, **inputs: Any) -> dict[str, Any]:
    """One that was made: its id is its stack's and its own name."""
    found = {"id": f"{stack}-{name}", **inputs}
    provider = f"{urn(stack, PROVIDER, 'own')}::one"
    return {
        "urn": urn(stack, type_, name), "type": type_, "custom": True, "id": found["id"], "inputs": inputs,
        "outputs": found, "provider": provider, "propertyDependencies": {},
    }  # fmt: skip


def hosts(stack: str, count: int) -> Iterator[dict[str, Any]]:
    """A provider, then for each host a network, group, rules, port, server, volume and container."""
    root = {"type": "pulumi:pulumi:Stack", "custom": False}
    yield {"urn": urn(stack, root["type"], f"huge-{stack}"), **root}  # type: ignore[arg-type]
    own = resource(stack, PROVIDER, "own", region="here", authUrl="https://identity.example/v3")
    yield {**own, "id": "one"}
    tags = ["env=t", "owner=team", "zone=services", "class=technical"]
    for n in range(count):
        labels = {"class": "technical", "zone": "services"}
        cidr = f"10.{n // 250}.{n % 250}."
        here = f"{stack}-"
        yield resource(stack, "openstack:networking/network:Network", f"net-{n}", name=f"net-{n}", tags=tags,
                       portSecurityEnabled=True)  # fmt: skip
        yield resource(stack, "openstack:networking/subnet:Subnet", f"subnet-{n}", name=f"net-{n}",
                       networkId=f"{here}net-{n}", cidr=f"{cidr}0/24", tags=tags)  # fmt: skip
        yield resource(stack, "openstack:networking/secGroup:SecGroup", f"group-{n}", name=f"group-{n}",
                       deleteDefaultRules=True, tags=tags)  # fmt: skip
        for port in (22, 443, 5432, 6514, 8080, 9100):
            yield resource(
                stack, "openstack:networking/secGroupRule:SecGroupRule", f"rule-{n}-{port}",
                securityGroupId=f"{here}group-{n}", direction="egress", ethertype="IPv4", protocol="tcp",
                portRangeMin=port, portRangeMax=port, remoteIpPrefix="10.0.0.0/8",
            )  # fmt: skip
        yield resource(
            stack, "openstack:networking/port:Port", f"port-{n}", name=f"port-{n}", tags=tags,
            networkId=f"{here}net-{n}", portSecurityEnabled=True, securityGroupIds=[f"{here}group-{n}"],
            fixedIps=[{"subnetId": f"{here}subnet-{n}", "ipAddress": f"{cidr}5"}],
        )  # fmt: skip
        yield resource(
            stack, "openstack:compute/instance:Instance", f"server-{n}", name=f"server-{n}", imageId="image",
            configDrive=True, networks=[{"port": f"{here}port-{n}"}], tags=tags,
            metadata={"socle_roles": "time"},
            availabilityZone=f"zone-{n}",
        )  # fmt: skip
        yield resource(stack, "openstack:blockstorage/volume:Volume", f"volume-{n}", name=f"volume-{n}",
                       size=1, volumeType="luks", metadata=labels)  # fmt: skip
        yield resource(stack, "openstack:compute/volumeAttach:VolumeAttach", f"attach-{n}",
                       instanceId=f"{here}server-{n}", volumeId=f"{here}volume-{n}")  # fmt: skip
        yield resource(stack, "openstack:objectstorage/container:Container", f"container-{n}",
                       name=f"container-{n}", versioning=True, metadata={"class": "technical"})  # fmt: skip


def write(path: Path, *resources: dict[str, Any]) -> Path:
    """As a file."""
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    document = {"version": 3, "deployment": {"manifest": manifest, "resources": list(resources)}}
    path.write_text(json.dumps(document))
    return path
