"""The orphan inventory of a cloud: what the project has, against what all stacks of the backend know.

    python -m tests.faults.inventory

An orphan is in the cloud and in no state; something is missing that is in a state and not in the cloud.
This is the judge of infra.leftovers, and therefore shares no code with it. `compare` is pure; listing is
in project.py. Exit code 0: all agree; 3: something does not; 1: cloud or state could not be read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Pulumi's types, and what they are in the cloud. A tie is not a thing of its own: an association is a
# property of its floating IP, a route one of its subnet.
KINDS = {
    "openstack:blockstorage/volume:Volume": "volume",
    "openstack:compute/instance:Instance": "server",
    "openstack:compute/keypair:Keypair": "keypair",
    "openstack:compute/serverGroup:ServerGroup": "server group",
    "openstack:compute/volumeAttach:VolumeAttach": "attachment",
    "openstack:identity/applicationCredential:ApplicationCredential": "application credential",
    "openstack:identity/project:Project": "project",
    "openstack:identity/user:User": "user",
    "openstack:networking/floatingIp:FloatingIp": "floating IP",
    "openstack:networking/network:Network": "network",
    "openstack:networking/port:Port": "port",
    "openstack:networking/rbacPolicyV2:RbacPolicyV2": "RBAC policy",
    "openstack:networking/router:Router": "router",
    # Its id is its port's.
    "openstack:networking/routerInterface:RouterInterface": "port",
    "openstack:networking/secGroup:SecGroup": "security group",
    "openstack:networking/secGroupRule:SecGroupRule": "security group rule",
    "openstack:networking/subnet:Subnet": "subnet",
    "openstack:objectstorage/container:Container": "container",
}
TIES = frozenset(
    (
        "openstack:identity/roleAssignment:RoleAssignment",
        "openstack:networking/floatingIpAssociate:FloatingIpAssociate",
        "openstack:networking/subnetRoute:SubnetRoute",
    )
)

# Ports that the provider makes of its own accord. Not among them: a router's interface, which is made
# because somebody asked, and is known by its port.
PROVIDERS_PORTS = ("network:dhcp", "network:distributed", "network:router_gateway", "network:floatingip")


@dataclass(frozen=True, order=True)
class Thing:
    """Something in the cloud, known by kind and id. `facts`: what tells the provider's own from ours."""

    kind: str
    id: str
    name: str = field(default="", compare=False)
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.name} ({self.id})" if self.name else f"{self.kind} {self.id}"


@dataclass(frozen=True)
class Comparison:
    """`pending`: creations that a state calls interrupted; nobody settled them."""

    orphans: tuple[Thing, ...]
    missing: tuple[Thing, ...]
    pending: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """True when cloud and states agree."""
        return not (self.orphans or self.missing or self.pending)

    def __str__(self) -> str:
        told = [f"orphan: {thing}" for thing in self.orphans]
        told += [f"missing: {thing}" for thing in self.missing]
        told += [f"pending: {urn}" for urn in self.pending]
        return "\n".join(told) or "cloud and states agree"


def made_by_provider(thing: Thing) -> bool:
    """Whether the provider made it without being asked, or owns it and shows it to everybody."""
    facts = thing.facts
    match thing.kind:
        case "network" | "subnet":
            return facts.get("project") != facts.get("ours")
        case "port":
            return facts.get("owner", "").startswith(PROVIDERS_PORTS)
        case "security group":
            return thing.name == "default"
        case "security group rule":
            return facts.get("group") == "default"
        case "application credential" | "project" | "user":
            return facts.get("used") == "by us"
        case _:
            return False


def compare(cloud: Iterable[Thing], states: Iterable[dict[str, Any]]) -> Comparison:
    """What the cloud has and no state, and the other way round. ValueError for a type without a kind."""
    states = list(states)
    known = {thing for state in states for thing in things(state)}
    there = set(cloud)
    orphans = (thing for thing in there - known if not made_by_provider(thing))
    return Comparison(tuple(sorted(orphans)), tuple(sorted(known - there)), tuple(sorted(pending(states))))


def things(state: dict[str, Any]) -> list[Thing]:
    """What a state has in the cloud."""
    found = []
    for resource in _deployment(state).get("resources") or []:
        kind, urn = str(resource["type"]), str(resource["urn"])
        if not kind.startswith("openstack:") or kind in TIES or resource.get("external"):
            continue
        if kind not in KINDS:
            raise ValueError(f"{kind} has no kind here: say in KINDS what it is in the cloud")
        found.append(Thing(KINDS[kind], str(resource["id"]), urn.rpartition("::")[2]))
    return found


def pending(states: Iterable[dict[str, Any]]) -> list[str]:
    """URNs of interrupted creations."""
    operations = (entry for state in states for entry in _deployment(state).get("pending_operations") or [])
    return [str(entry["resource"]["urn"]) for entry in operations if entry["type"] == "creating"]


def exported() -> list[dict[str, Any]]:
    """The states of all stacks of the backend; CalledProcessError when pulumi cannot give them."""
    names = [stack["name"] for stack in _pulumi("stack", "ls", "--json")]
    return [_pulumi("stack", "export", "--stack", name) for name in names]


def _pulumi(*words: str) -> Any:
    done = subprocess.run(["pulumi", *words, "--non-interactive"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _deployment(state: dict[str, Any]) -> dict[str, Any]:
    return state.get("deployment") or {}


def main() -> int:
    """Look, and say what does not agree."""
    from tests.faults.project import listed

    try:
        found = compare(listed(), exported())
    except subprocess.CalledProcessError as error:
        print(error.stderr, file=sys.stderr)
        return 1
    print(found)
    return 0 if found.clean else 3


if __name__ == "__main__":
    # By its own name: what is listed and what is known must be of one class to be equal.
    from tests.faults import inventory  # noqa: PLW0406

    sys.exit(inventory.main())
