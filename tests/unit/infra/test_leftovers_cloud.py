"""Listing and deleting with openstacksdk's own classes, fed with what the services answer."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from openstack.block_storage.v3.volume import Volume
from openstack.compute.v2.keypair import Keypair
from openstack.compute.v2.server import Server
from openstack.compute.v2.server_group import ServerGroup
from openstack.network.v2.floating_ip import FloatingIP
from openstack.network.v2.network import Network
from openstack.network.v2.port import Port
from openstack.network.v2.rbac_policy import RBACPolicy
from openstack.network.v2.router import Router
from openstack.network.v2.security_group import SecurityGroup
from openstack.network.v2.security_group_rule import SecurityGroupRule
from openstack.network.v2.subnet import Subnet

from infra.leftovers import cloud as project
from infra.leftovers.kinds import KINDS, Found, matches

# openstacksdk's own way of saying so, about itself.
pytestmark = pytest.mark.filterwarnings("ignore:The _compute_attributes")

MADE = {"created_at": "2026-11-24T12:00:00Z", "tags": ["env=local"]}
ROUTE = {"destination": "10.0.0.0/16", "nexthop": "10.0.0.2"}
ROUTE_ID = "b1-route-10.0.0.0/16-10.0.0.2"
WHEN = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Service:
    """Answers lists; remembers in which project it was asked, and what was deleted."""

    def __init__(self, **lists: list[Any]) -> None:
        self.lists, self.asked, self.deleted = lists, list[dict[str, Any]](), list[Any]()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("delete_"):
            return self.deleted.append
        if name.startswith("find_"):
            return lambda number, ignore_missing: None  # noqa: ARG005

        def listing(**query: Any) -> list[Any]:
            self.asked.append(query)
            return self.lists.get(name, [])

        return listing


def answered(kind: Any, **body: Any) -> Any:
    """What openstacksdk makes of a service's answer."""
    return kind.existing(**body)


def cloud() -> Any:
    named = {"name": "local-x", "description": "d", **MADE}
    rule = {"security_group_id": "g1", "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp"}
    ports: list[dict[str, Any]] = [
        {"id": "p1", "device_owner": "", "device_id": "", **named},
        {"id": "p2", "device_owner": "compute:nova", "device_id": "s1", **named},
        {
            "id": "p3",
            "device_owner": "network:router_interface",
            "device_id": "r1",
            "fixed_ips": [{"subnet_id": "b1", "ip_address": "10.0.0.1"}],
            **named,
        },
        {"id": "p4", "device_owner": "network:dhcp", "device_id": "d", **named},
    ]
    return SimpleNamespace(
        current_project_id="project",
        network=Service(
            networks=[answered(Network, id="n1", **named)],
            subnets=[answered(Subnet, id="b1", cidr="10.0.0.0/24", host_routes=[ROUTE], **named)],
            rbac_policies=[
                answered(
                    RBACPolicy,
                    id="a1",
                    action="access_as_external",
                    object_type="network",
                    object_id="n1",
                    target_tenant="t1",
                )
            ],
            routers=[answered(Router, id="r1", **named)],
            ports=[answered(Port, **port) for port in ports],
            security_groups=[answered(SecurityGroup, id="g1", **named)],
            security_group_rules=[
                answered(
                    SecurityGroupRule,
                    id="u1",
                    port_range_min=22,
                    port_range_max=22,
                    remote_ip_prefix="10.0.0.0/8",
                    **rule,
                    **MADE,
                )
            ],
            ips=[
                answered(
                    FloatingIP,
                    id="f1",
                    floating_ip_address="172.24.0.5",
                    port_id=None,
                    description="way in",
                    **MADE,
                )
            ],
        ),
        compute=Service(
            keypairs=[answered(Keypair, name="local-key", public_key="ssh-ed25519 AAAA\n")],
            server_groups=[answered(ServerGroup, id="sg1", name="local-apart", members=["s1"])],
            servers=[
                answered(
                    Server,
                    id="s1",
                    name="local-x",
                    created="2026-11-24T12:00:00Z",
                    metadata={"socle_env": "local"},
                    **{"os-extended-volumes:volumes_attached": []},
                )
            ],
        ),
        block_storage=Service(
            volumes=[
                answered(
                    Volume,
                    id="v1",
                    name="local-data",
                    description="data",
                    size=2,
                    volume_type="luks",
                    availability_zone="nova",
                    status="in-use",
                    created_at="2026-11-24T12:00:00.000000",
                    metadata={"env": "local"},
                    attachments=[{"server_id": "s1", "volume_id": "v1", "attachment_id": "other"}],
                )
            ]
        ),
    )


def by_id(found: list[Found]) -> dict[str, Found]:
    return {it.id: it for it in found}


def test_everything_is_listed_in_the_programs_words_and_dated() -> None:
    stub = cloud()
    found = by_id(project.listed(stub))
    assert found.keys() == {
        *(
            "n1",
            "b1",
            ROUTE_ID,
            "a1",
            "r1",
            "p1",
            "p2",
            "p3",
            "g1",
            "u1",
            "f1",
            "local-key",
            "sg1",
            "s1",
            "v1",
            "s1/v1",
        )
    }
    assert {number for number, it in found.items() if it.made != WHEN} == {
        *("local-key", "sg1", "s1/v1", ROUTE_ID, "a1")
    }
    assert {number for number, it in found.items() if it.busy} == {"p2", "sg1", "v1"}
    assert {it.type for it in found.values()} <= KINDS.keys()
    assert stub.network.asked == [{"project_id": "project"}] * 8


@pytest.mark.parametrize(
    ("number", "inputs"),
    [
        ("n1", {"name": "local-x", "description": "d", "tags": ["env=local"]}),
        ("b1", {"name": "local-x", "description": "d", "cidr": "10.0.0.0/24", "tags": ["env=local"]}),
        ("p3", {"routerId": "r1", "subnetId": "b1"}),
        ("p3", {"routerId": "r1", "portId": "p3"}),
        (ROUTE_ID, {"subnetId": "b1", "destinationCidr": "10.0.0.0/16", "nextHop": "10.0.0.2"}),
        (
            "a1",
            {
                "action": "access_as_external",
                "objectType": "network",
                "objectId": "n1",
                "targetTenant": "t1",
            },
        ),
        (
            "u1",
            {
                "securityGroupId": "g1",
                "direction": "ingress",
                "ethertype": "IPv4",
                "protocol": "tcp",
                "portRangeMin": 22.0,
                "portRangeMax": 22,
                "remoteIpPrefix": "10.0.0.0/8",
                "description": "flow a",
            },
        ),
        ("f1", {"description": "way in", "pool": "public", "tags": ["env=local"]}),
        ("local-key", {"name": "local-key", "publicKey": "ssh-ed25519 AAAA"}),
        ("s1", {"name": "local-x", "metadata": {"socle_env": "local", "__defaults": []}}),
        (
            "v1",
            {
                "name": "local-data",
                "description": "data",
                "size": 2,
                "volumeType": "luks",
                "availabilityZone": "nova",
                "metadata": {"env": "local"},
            },
        ),
        ("s1/v1", {"instanceId": "s1", "volumeId": "v1"}),
    ],
)
def test_each_is_recognised_by_the_inputs_that_made_it(number: str, inputs: dict[str, Any]) -> None:
    assert matches(inputs, by_id(project.listed(cloud()))[number])


@pytest.mark.parametrize(
    "inputs",
    [
        {"routerId": "r2", "subnetId": "b1"},
        {"routerId": "r1", "subnetId": "b2"},
        {"routerId": "r1", "portId": "p9"},
    ],
)
def test_another_interface_is_not_taken_for_it(inputs: dict[str, Any]) -> None:
    assert not matches(inputs, by_id(project.listed(cloud()))["p3"])


def test_a_route_is_taken_off_its_subnet_and_others_stay() -> None:
    other = {"destination": "10.1.0.0/16", "nexthop": "10.0.0.3"}
    subnet, written = SimpleNamespace(id="b1", host_routes=[ROUTE, other]), list[Any]()
    net = SimpleNamespace(
        get_subnet=lambda _: subnet, update_subnet=lambda _, host_routes: written.extend(host_routes)
    )
    route = by_id(project.listed(cloud()))[ROUTE_ID]
    stub = SimpleNamespace(network=Service(), compute=Service())
    stub.network.__dict__.update(vars(net))
    project.delete(stub, route)
    assert written == [other]


def test_each_kind_that_is_deleted_can_be() -> None:
    stub = cloud()
    ties = ("routerInterface", "subnetRoute")
    # Projects and users are the manager's: test_leftovers_identity.py.
    kinds = [kind for kind, known in KINDS.items() if known.fate.name == "DELETE" and "identity/" not in kind]
    for kind in kinds:
        if not any(tie in kind for tie in ties):
            project.delete(stub, Found(kind, kind, {}))
    deletable = len(kinds) - len(ties)
    assert len(stub.network.deleted) + len(stub.compute.deleted) == deletable
