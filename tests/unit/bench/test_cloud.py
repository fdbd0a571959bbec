"""The bench's inventory sees all that is its own, in the words of openstacksdk, nothing of its neighbours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from openstack.block_storage.v3.volume import Volume
from openstack.compute.v2.keypair import Keypair
from openstack.compute.v2.server import Server
from openstack.network.v2.floating_ip import FloatingIP
from openstack.network.v2.network import Network
from openstack.network.v2.port import Port
from openstack.network.v2.router import Router
from openstack.network.v2.security_group import SecurityGroup
from openstack.network.v2.security_group_rule import SecurityGroupRule
from openstack.network.v2.subnet import Subnet

from bench.up.cloud import listed

# openstacksdk's deprecations of its own methods are no business of ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::Warning")


class Service:
    """Answers every list with what it was given, or nothing."""

    def __init__(self, **lists: list[Any]) -> None:
        self.lists = lists

    def __getattr__(self, name: str) -> Any:
        return lambda **_: self.lists.get(name, [])

    def head(self, path: str) -> Any:
        said = {"X-Container-Meta-Env": "bench", "X-Versions-Enabled": "True", "X-Trans-Id": "tx1"}
        return SimpleNamespace(headers=said if path == "/bench-records" else {})


def project(environment: str) -> dict[str, list[Any]]:
    """What one environment has, ids told apart by its name."""

    def named(kind: type[Any], what: str, **facts: Any) -> Any:
        return kind.existing(id=f"{what}-{environment}", name=f"{environment}-{what}", **facts)

    tags = [f"env={environment}"]
    server, net, router = f"server-{environment}", f"net-{environment}", f"router-{environment}"
    interface = {"device_owner": "network:router_interface", "device_id": router}
    dhcp = {"device_owner": "network:dhcp", "device_id": "dhcp1"}
    group = {"security_group_id": f"group-{environment}", "direction": "egress", "ethertype": "IPv4"}
    return {
        "networks": [named(Network, "net", tags=tags, port_security_enabled=True)],
        "subnets": [named(Subnet, "subnet", network_id=net, cidr="10.18.1.0/24")],
        "routers": [named(Router, "router", external_gateway_info={"network_id": "public"})],
        "ports": [
            named(
                Port,
                "port",
                network_id=net,
                device_id=server,
                fixed_ips=[{"subnet_id": "s", "ip_address": "10.18.1.10"}],
                security_groups=[f"group-{environment}"],
            ),
            Port.existing(id=f"a-{environment}", name="", network_id=net, fixed_ips=[], **interface),
            Port.existing(id=f"b-{environment}", name="", network_id=net, fixed_ips=[], **dhcp),
        ],
        "security_groups": [named(SecurityGroup, "group", stateful=True)],
        "security_group_rules": [
            SecurityGroupRule.existing(
                id=f"rule-{environment}",
                protocol="tcp",
                port_range_min=22,
                port_range_max=22,
                remote_ip_prefix="10.18.2.0/24",
                **group,
            )
        ],
        "ips": [
            FloatingIP.existing(id=f"ip-{environment}", port_id=f"port-{environment}", tags=tags),
            FloatingIP.existing(id=f"loose-{environment}", port_id=None, tags=tags),
        ],
        "servers": [
            named(
                Server,
                "server",
                status="ACTIVE",
                flavor={"original_name": "s1.small"},
                image={"id": "image-id"},
                metadata={"socle_env": environment},
                config_drive="True",
            )
        ],
        "keypairs": [named(Keypair, "automation", public_key="ssh-ed25519 AAAA")],
        "volumes": [named(Volume, "volume", size=2, attachments=[{"server_id": server}], volume_type="luks")],
        "containers": [SimpleNamespace(name=f"{environment}-records")],
    }


def cloud(*environments: str) -> Any:
    lists: dict[str, list[Any]] = {}
    for environment in environments:
        for kind, found in project(environment).items():
            lists.setdefault(kind, []).extend(found)
    service = Service(**lists)
    names = ("network", "compute", "block_storage", "object_store")
    return SimpleNamespace(current_project_id="p", **dict.fromkeys(names, service))


def test_everything_of_the_environment_is_listed_and_nothing_of_another() -> None:
    found = listed(cloud("local", "bench", "benchmark"), "bench")
    assert found == listed(cloud("bench"), "bench")
    assert [str(it) for it in found] == [
        "attachment bench-volume to bench-server",
        "container bench-records",
        "floating IP to ",
        "floating IP to bench-port",
        "key pair bench-automation",
        "network bench-net",
        "port bench-port",
        "port in bench-net",
        "router bench-router",
        "security group bench-group",
        "security group rule bench-group egress tcp 22-22 10.18.2.0/24",
        "server bench-server",
        "subnet bench-subnet",
        "volume bench-volume",
    ]


def test_what_the_makers_decide_is_told_without_ids() -> None:
    found = {str(it): dict(it.facts) for it in listed(cloud("bench"), "bench")}
    port, server = found["port bench-port"], found["server bench-server"]
    assert (port["groups"], port["user"], port["addresses"]) == (
        "[bench-group]",
        "bench-server",
        "[10.18.1.10]",
    )
    assert (server["flavor"], server["status"], server["config_drive"]) == ("s1.small", "ACTIVE", "True")
    assert found["port in bench-net"]["user"] == "bench-router"
    assert found["router bench-router"]["way_out"] == "public"
    assert found["container bench-records"]["says"] == "{x-container-meta-env=bench, x-versions-enabled=True}"
    assert found["volume bench-volume"]["type"] == "luks"
