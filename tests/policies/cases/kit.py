"""What cases are built from: resources that break no policy unless a case makes them.

A case's resources are called `<case>/<name>`, so that one run of the engine serves all cases. A case is
declared for the policy that it is about: `pass`, `fail`, `unknown` or `near` (where a careless check errs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_openstack as o

REGION = "here"
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkWuqsDAYf2exTuGjYd5q7hOZkSZGy7gyLTvvUBHlZ4 of-a-test"


@dataclass(frozen=True)
class Declared:
    """`violates`, `unproven`: all policies that must say so, and no other may."""

    name: str
    policy: str
    what: str
    build: Callable[[Case], object]
    violates: frozenset[str]
    unproven: frozenset[str]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


CASES: dict[str, Declared] = {}


def case(
    policy: str,
    what: str,
    violates: Iterable[str] = (),
    unproven: Iterable[str] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Callable[[Callable[[Case], object]], Callable[[Case], object]]:
    """Declare a case. `fail` and `unknown` mean the policy itself. `settings`: parameters by policy."""
    bad = frozenset(violates) | ({policy} if what.startswith("fail") else frozenset())
    open_ = frozenset(unproven) | ({policy} if what.startswith("unknown") else frozenset())

    def declare(build: Callable[[Case], object]) -> Callable[[Case], object]:
        name = f"{policy}.{what}"
        assert name not in CASES, name
        CASES[name] = Declared(name, policy, what, build, bad, open_, settings or {})
        return build

    return declare


@dataclass
class Case:
    """One small stack in the making."""

    name: str
    provider: pulumi.ProviderResource
    made: dict[str, Any] = field(default_factory=dict)

    def opts(self, **more: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(**{"provider": self.provider, **more})

    def make(self, kind: Any, name: str, opts: dict[str, Any] | None = None, /, **args: Any) -> Any:
        """Any resource; an argument of None is left out."""
        said = {key: value for key, value in args.items() if value is not None}
        self.made[name] = kind(f"{self.name}/{name}", opts=self.opts(**(opts or {})), **said)
        return self.made[name]

    def tags(self, zone: str = "services", cls: str = "technical", space: str = "", **more: str) -> list[str]:
        said = {"env": "t", "owner": "team", "zone": zone, "class": cls, "space": space, **more}
        return [f"{key}={value}" for key, value in said.items() if value]

    def unknown(self, name: str = "odd") -> Any:
        """A text that no preview knows, made from a resource that has nothing to do with it."""
        return self.make(o.compute.ServerGroup, name, name=name, policies="anti-affinity").id

    def network(
        self, name: str = "net", cidr: str = "10.1.0.0/24", tags: list[str] | None = None, **over: Any
    ) -> Any:
        said = {
            "name": name,
            "port_security_enabled": True,
            "tags": self.tags() if tags is None else tags,
            **over,
        }
        net = self.make(o.networking.Network, name, **said)
        net.subnet = self.make(
            o.networking.Subnet, f"{name}-subnet", name=name, network_id=net.id, cidr=cidr, tags=said["tags"]
        )
        return net

    def group(self, name: str = "group", *rules: dict[str, Any], **over: Any) -> Any:
        said = {"name": name, "delete_default_rules": True, "tags": self.tags(), **over}
        group = self.make(o.networking.SecGroup, name, **said)
        for number, rule in enumerate(rules):
            self.rule(group, f"{name}-{number}", **rule)
        return group

    def rule(self, group: Any, name: str = "rule", direction: str = "ingress", **over: Any) -> Any:
        said = {"protocol": "tcp", "port_range_min": 443, "port_range_max": 443, "ethertype": "IPv4", **over}
        target = said.pop("security_group_id", None) or group.id
        return self.make(
            o.networking.SecGroupRule, name, security_group_id=target, direction=direction, **said
        )

    def port(
        self, net: Any, name: str = "port", groups: Iterable[Any] = (), ip: str = "", **over: Any
    ) -> Any:
        said = {
            "name": name, "network_id": net.id, "port_security_enabled": True, "tags": net.tags,
            "security_group_ids": [one.id for one in groups],
            "fixed_ips": [{"subnet_id": net.subnet.id, "ip_address": ip}] if ip else None, **over,
        }  # fmt: skip
        return self.make(o.networking.Port, name, **said)

    def server(self, port: Any, name: str = "server", role: str = "collector,time", **over: Any) -> Any:
        said = {
            "name": name, "image_id": "image", "flavor_id": "flavor", "config_drive": True,
            "networks": [{"port": port.id}] if port is not None else None, "tags": ["env=t", "owner=team"],
            "metadata": {"socle_roles": role} if role else None, "availability_zone": name, **over,
        }  # fmt: skip
        return self.make(o.compute.Instance, name, **said)

    def host(
        self, name: str, net: Any, ip: str, *rules: dict[str, Any], role: str = "collector,time", **over: Any
    ) -> Any:
        """Group, port and server; `host.port` and `host.group` beside it."""
        group = self.group(f"{name}-group", *rules)
        port = self.port(net, f"{name}-port", [group], ip)
        server = self.server(port, name, role, **over)
        server.port, server.group = port, group
        return server

    def data_net(self, name: str = "data", cidr: str = "10.3.0.0/24") -> Any:
        return self.network(name, cidr, self.tags("data", "health"))

    def router(self, name: str = "router", *nets: Any, **over: Any) -> Any:
        router = self.make(o.networking.Router, name, name=name, tags=self.tags(), **over)
        for number, net in enumerate(nets):
            self.make(
                o.networking.RouterInterface, f"{name}-{number}", router_id=router.id, subnet_id=net.subnet.id
            )
        return router

    def floating(self, port: Any, name: str = "fip", pool: Any = "public") -> Any:
        fip = self.make(o.networking.FloatingIp, name, pool=pool, tags=self.tags())
        self.make(o.networking.FloatingIpAssociate, f"{name}-tie", floating_ip=fip.address, port_id=port.id)
        return fip

    def volume(self, name: str = "volume", opts: dict[str, Any] | None = None, /, **over: Any) -> Any:
        labels = {"env": "t", "owner": "team", "class": "technical", "zone": "services"}
        said = {"name": name, "size": 1, "volume_type": "luks", "metadata": labels, **over}
        return self.make(o.blockstorage.Volume, name, opts, **said)

    def attach(self, volume: Any, server: Any, name: str = "attach", **over: Any) -> Any:
        return self.make(o.compute.VolumeAttach, name, instance_id=server.id, volume_id=volume.id, **over)

    def container(self, name: str = "container", opts: dict[str, Any] | None = None, /, **over: Any) -> Any:
        said = {"name": name, "versioning": True, "metadata": {"class": "technical", "owner": "team"}, **over}
        return self.make(o.objectstorage.Container, name, opts, **said)

    def project(self, name: str = "project", space: str = "") -> Any:
        return self.make(o.identity.Project, name, name=name, tags=self.tags("", "", space))

    def user(self, name: str = "user", **over: Any) -> Any:
        return self.make(o.identity.User, name, name=name, **over)

    def assign(
        self, user: Any, project: Any, name: str = "assign", role: Any = "reader-id", **over: Any
    ) -> Any:
        return self.make(
            o.identity.RoleAssignment, name, user_id=user.id, project_id=project.id, role_id=role, **over
        )


def egress(port: int = 443, to: str = "10.0.0.0/8", protocol: str = "tcp") -> dict[str, Any]:
    """A rule that lets something out."""
    return {
        "direction": "egress", "protocol": protocol, "port_range_min": port, "port_range_max": port,
        "remote_ip_prefix": to,
    }  # fmt: skip


def ingress(port: int = 443, since: Any = "10.0.0.0/8", **over: Any) -> dict[str, Any]:
    """A rule that lets something in."""
    return {"port_range_min": port, "port_range_max": port, "remote_ip_prefix": since, **over}
