"""A project space: its own router on a transit network of its own, and a floating IP for the bastion."""

from dataclasses import fields, replace

import pulumi
import pytest

from infra.outputs import DataOutputs, DataReference, PlatformOutputs, PlatformReference, SpaceOutputs
from infra.specification import load_space
from tests.unit.infra.program import REFERENCED, Run, run_space

ROUTER, INTERFACE = "networking/router:Router", "networking/routerInterface:RouterInterface"
SUBNET, RBAC = "networking/subnet:Subnet", "networking/rbacPolicyV2:RbacPolicyV2"
MADE_BY = {"local-alpha-transit": "local-openstack"} | dict.fromkeys(
    (
        "local-space-alpha",
        "local-space-alpha-reads-local-space-alpha",
        "local-space-alpha-reads-local-base-hospital-stays",
    ),
    "local-alpha-identity",
)
"""Whose credential makes what is not made with the space's own."""


@pytest.fixture(scope="module")
def made() -> Run:
    return run_space(load_space("local-space-alpha"))


def test_the_transit_is_the_platforms_the_identity_the_managers_and_all_else_the_spaces(made: Run) -> None:
    providers = {one.name: one.urn for one in made.of("pulumi:providers:openstack")}
    assert set(providers) == {"local-openstack", "local-alpha-openstack", "local-alpha-identity"}
    for one in made.made:
        if one.type.startswith("openstack:"):
            owner = MADE_BY.get(one.name, "local-alpha-openstack")
            assert one.provider.startswith(providers[owner]), one.urn


def test_the_transit_network_joins_the_core_and_serves_one_project(made: Run) -> None:
    subnet = made.one(SUBNET, "local-alpha-transit")
    assert subnet.inputs["cidr"] == "10.16.32.16/28"
    assert subnet.inputs["gatewayIp"] == "10.16.32.17"
    assert subnet.inputs["allocationPools"] == [{"start": "10.16.32.18", "end": "10.16.32.30"}]
    assert subnet.inputs["enableDhcp"] is False
    assert made.one(INTERFACE, "local-alpha-transit").inputs == {
        "routerId": "Router/local-core",
        "subnetId": "Subnet/local-alpha-transit",
    }
    (policy,) = made.of(RBAC)
    assert policy.inputs == {
        "action": "access_as_external",
        "objectType": "network",
        "objectId": "Network/local-alpha-transit",
        "targetTenant": "project-id",
    }


def test_the_spaces_router_leads_to_its_transit_network_only(made: Run) -> None:
    (router,) = made.of(ROUTER)
    assert router.inputs["externalNetworkId"] == "Network/local-alpha-transit"
    # Both are an operator's administrator's to choose.
    assert not {"externalFixedIps", "enableSnat"} & set(router.inputs)
    waited_for = {made.one(RBAC, "local-alpha-transit").urn, made.one(INTERFACE, "local-alpha-transit").urn}
    assert waited_for <= set(router.dependencies)
    subnet = made.one(SUBNET, "local-alpha")
    assert (subnet.inputs["cidr"], subnet.inputs["gatewayIp"]) == ("10.16.128.64/26", "10.16.128.65")
    assert "dnsNameservers" not in subnet.inputs


def test_the_bastion_reaches_the_host_by_a_floating_ip_on_transit(made: Run) -> None:
    (floating,) = made.of("networking/floatingIp:FloatingIp")
    assert floating.inputs["pool"] == "local-alpha-transit"
    assert made.one(RBAC, "local-alpha-transit").urn in floating.dependencies
    (tie,) = made.of("FloatingIpAssociate")
    assert tie.inputs["portId"] == "Port/local-alpha-desk"


def test_the_host_says_which_space_it_is_of(made: Run) -> None:
    (server,) = made.of("compute/instance:Instance")
    assert server.inputs["metadata"] == {
        "socle_env": "local",
        "socle_roles": "workstation",
        "socle_zone": "spaces",
        "socle_name": "local-alpha-desk",
        "socle_space": "alpha",
    }
    assert {"space=alpha", "owner=project-alpha", "class=health"} <= set(server.inputs["tags"])
    (port,) = made.of("networking/port:Port")
    assert port.inputs["portSecurityEnabled"] is True
    assert set(port.inputs["securityGroupIds"]) == {
        "SecGroup/local-alpha-zone-spaces",
        "SecGroup/local-alpha-role-workstation",
    }


def test_its_rules_are_the_plans_and_name_the_platform_only(made: Run) -> None:
    planned = load_space("local-space-alpha").plan.perimeter.rules
    rules = made.of("networking/secGroupRule:SecGroupRule")
    assert len(rules) == len(planned) == 7
    assert {rule.inputs["remoteIpPrefix"] for rule in rules} == {"10.16.1.10/32", "10.16.2.10/32"}
    entering = [rule for rule in rules if rule.inputs["direction"] == "ingress"]
    assert [(rule.inputs["remoteIpPrefix"], rule.inputs["portRangeMin"]) for rule in entering] == [
        ("10.16.1.10/32", 22)
    ]


def test_the_contract_is_whole(made: Run) -> None:
    assert [field.name for field in fields(SpaceOutputs)] == list(made.contract)
    assert made.contract == {
        "phase": "open",
        "hosts": [
            {
                "name": "local-alpha-desk",
                "roles": ["workstation"],
                "zone": "spaces",
                "address": "10.16.128.74",
                "floating": "172.24.0.99",
            }
        ],
        "containers": {"in": "local-alpha-in", "out": "local-alpha-out"},
        "subnet": "10.16.128.64/26",
        "transit": "10.16.32.16/28",
    }


def test_what_is_read_of_the_platform_is_in_its_contract() -> None:
    both = (("platform", PlatformReference, PlatformOutputs), ("data", DataReference, DataOutputs))
    for layer, reference, contract in both:
        asked = {field.name for field in fields(reference)}
        assert asked <= {field.name for field in fields(contract)}
        assert all(asked <= set(outputs) for name, outputs in REFERENCED.items() if name.endswith(layer))


def test_a_platform_that_is_not_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REFERENCED, "organization/hdh/local-platform", {})
    with pytest.raises(pulumi.RunError, match="stack local-platform has no output core_router_id; run `pul"):
        run_space(load_space("local-space-alpha"))


def test_every_component_registers_its_outputs_last(made: Run) -> None:
    components = [one for one in made.made if one.type.startswith("socle:")]
    ours = [one for event, one in made.events if event == "outputs" and one.__module__.startswith("infra.")]
    assert len(components) == len(ours) == 10
    for component in ours:
        last = max(index for index, event in enumerate(made.events) if event[1] is component)
        assert made.events[last][0] == "outputs", component


def test_two_spaces_share_no_name_and_no_address() -> None:
    one, other = (run_space(load_space(f"full-space-{name}")) for name in ("alpha", "beta"))
    shared = {"full-openstack", "organization/hdh/full-platform", "organization/hdh/full-data"}
    assert {made.name for made in one.made} & {made.name for made in other.made} <= shared
    cidrs = [made.inputs["cidr"] for run in (one, other) for made in run.of(SUBNET)]
    assert len(cidrs) == len(set(cidrs)) == 4


def test_protect_covers_all_that_holds_data_in_a_space() -> None:
    spec = load_space("local-space-alpha")
    space = spec.space.model_copy(update={"protect": True})
    kept = [one for one in run_space(replace(spec, space=space)).made if one.protect]
    assert {one.name for one in kept} == {"local-alpha-desk-work", "local-alpha-in", "local-alpha-out"}
    assert all(one.retain_on_delete for one in kept)
