"""Two routers: the edge for zones with a gateway, the core for all, and routes that no flow changes."""

from dataclasses import replace

import pytest

from infra.plan.addresses import core
from infra.specification import load
from tests.unit.infra.program import Made, Run, run

ROUTER, INTERFACE = "networking/router:Router", "networking/routerInterface:RouterInterface"
ROUTE, SUBNET = "networking/subnetRoute:SubnetRoute", "networking/subnet:Subnet"
PORT = "networking/port:Port"
ZONES = ("admin", "backup", "data", "edge", "exchange", "services")
WITH_GATEWAY = ("admin", "edge", "services")


@pytest.fixture(scope="module")
def made() -> Run:
    return run(load("full-platform"))


def test_only_the_edge_router_leads_out(made: Run) -> None:
    assert {router.name: router.inputs.get("externalNetworkId") for router in made.of(ROUTER)} == {
        "full-edge": "public-id",
        "full-core": None,
    }


def joined(made: Run, router: str) -> list[Made]:
    return [one for one in made.of(INTERFACE) if one.inputs["routerId"] == f"Router/{router}"]


def test_the_edge_serves_the_zones_with_a_gateway_and_the_core_every_zone(made: Run) -> None:
    assert [one.inputs.get("subnetId") for one in joined(made, "full-edge")] == [
        f"Subnet/full-{zone}" for zone in WITH_GATEWAY
    ]
    assert [one.inputs.get("portId") for one in joined(made, "full-core")] == [
        f"Port/full-{zone}-core" for zone in ZONES
    ]
    assert not any("subnetId" in one.inputs for one in joined(made, "full-core"))


def test_the_cores_port_stands_where_the_plan_says_and_filters_nothing(made: Run) -> None:
    for zone, subnet in load("full-platform").plan.subnets.items():
        port = made.one(PORT, f"full-{zone}-core")
        fixed = {"subnetId": f"Subnet/full-{zone}", "ipAddress": str(core(subnet))}
        assert port.inputs["fixedIps"] == [fixed]
        assert port.inputs["portSecurityEnabled"] is False
        assert port.inputs["noSecurityGroups"] is True
        assert port.delete_before_replace


def test_each_zone_has_one_route_and_it_names_the_environment(made: Run) -> None:
    assert [route.inputs for route in made.of(ROUTE)] == [
        {
            "subnetId": f"Subnet/full-{zone}",
            "destinationCidr": "10.17.0.0/16",
            "nextHop": str(core(load("full-platform").plan.subnets[zone])),
        }
        for zone in ZONES
    ]


def test_a_zone_without_a_gateway_has_no_default_route(made: Run) -> None:
    for subnet in made.of(SUBNET):
        zone = subnet.name.removeprefix("full-")
        if zone in WITH_GATEWAY:
            assert subnet.inputs["gatewayIp"].endswith(".1")
            assert "noGateway" not in subnet.inputs
        else:
            assert subnet.inputs["noGateway"] is True
            assert "gatewayIp" not in subnet.inputs


def test_what_hosts_boot_with_depends_on_no_flow(made: Run) -> None:
    spec = load("full-platform")
    empty = spec.plan.perimeter.__class__(spec.plan.perimeter.groups, {})
    without = run(replace(spec, plan=replace(spec.plan, perimeter=empty)))
    for kind in (ROUTE, SUBNET, PORT):
        assert [(one.name, one.inputs) for one in without.of(kind)] == [
            (one.name, one.inputs) for one in made.of(kind)
        ]


def test_a_host_starts_once_its_zone_can_tell_it_the_route(made: Run) -> None:
    port = made.one(PORT, "full-database")
    needed = {made.one(ROUTE, "full-data-core").urn, made.one(INTERFACE, "full-data-core").urn}
    assert needed <= set(port.dependencies)
