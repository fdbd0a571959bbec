"""The program as it is committed: what it declares, what it must never declare, and its contract."""

import re
from collections import Counter
from dataclasses import fields, replace
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest

from infra.outputs import PlatformOutputs
from infra.specification import load
from tests.unit.infra.program import Run, run

PORT, SERVER = "networking/port:Port", "compute/instance:Instance"
GROUP, RULE = "networking/secGroup:SecGroup", "networking/secGroupRule:SecGroupRule"
VOLUME, ATTACH = "blockstorage/volume:Volume", "compute/volumeAttach:VolumeAttach"
CONTAINER = "objectstorage/container:Container"
NO_DESCRIPTION = {
    "Instance": "nova shows metadata and tags instead",
    "Keypair": "nova keeps a name only",
    "Container": "swift keeps metadata only",
}
TIES = {"RouterInterface", "FloatingIpAssociate", "VolumeAttach", "SubnetRoute"}


@pytest.fixture(scope="module")
def made() -> Run:
    return run()


def test_every_server_has_its_own_port_and_a_config_drive(made: Run) -> None:
    assert [server.name for server in made.of(SERVER)] == ["local-bastion", "local-services"]
    for server in made.of(SERVER):
        (network,) = server.inputs["networks"]
        assert network == {"port": f"Port/{server.name}"}
        assert server.inputs["configDrive"] is True
        assert server.inputs["keyPair"] == "local-automation"
        assert server.inputs["imageId"] == "image-id"
        assert server.delete_before_replace
        assert server.inputs["name"] == server.name
        unwanted = {"userData", "adminPass", "personalities", "securityGroups", "blockDevices", "forceDelete"}
        assert not unwanted & set(server.inputs)


def test_the_inventory_reads_roles_and_zone_from_metadata(made: Run) -> None:
    assert {server.name: server.inputs["metadata"] for server in made.of(SERVER)} == {
        f"local-{host}": {
            "socle_env": "local",
            "socle_roles": roles,
            "socle_zone": zone,
            "socle_name": f"local-{host}",
        }
        for host, roles, zone in (
            ("bastion", "bastion", "admin"),
            ("services", "package-proxy,time,resolver,collector,object-gateway", "services"),
        )
    }


def test_every_port_is_guarded_and_stands_where_the_plan_says(made: Run) -> None:
    planned = {placed.name: placed for placed in load("local-platform").plan.hosts}
    ports = [port for port in made.of(PORT) if port.name in planned]
    for port in ports:
        placed = planned[port.name]
        assert port.inputs["portSecurityEnabled"] is True
        assert "allowedAddressPairs" not in port.inputs
        assert [fixed["ipAddress"] for fixed in port.inputs["fixedIps"]] == [str(placed.address)]
        expected = {f"SecGroup/local-{group.replace('/', '-')}" for group in placed.groups}
        assert set(port.inputs["securityGroupIds"]) == expected
    assert len(ports) == len(planned)


def test_every_group_starts_empty(made: Run) -> None:
    assert {group.name for group in made.of(GROUP)} == {
        "local-role-bastion",
        "local-role-collector",
        "local-role-object-gateway",
        "local-role-package-proxy",
        "local-role-resolver",
        "local-role-time",
        "local-zone-admin",
        "local-zone-services",
    }
    assert all(group.inputs["deleteDefaultRules"] is True for group in made.of(GROUP))


def test_rules_are_the_plans_rules(made: Run) -> None:
    planned = load("local-platform").plan.perimeter.rules
    found = Counter(
        (
            rule.inputs["securityGroupId"],
            rule.inputs["direction"],
            rule.inputs["protocol"],
            rule.inputs["portRangeMin"],
            rule.inputs["portRangeMax"],
            rule.inputs["remoteIpPrefix"],
        )
        for rule in made.of(RULE)
    )
    expected = Counter(
        (
            f"SecGroup/local-{rule.group.replace('/', '-')}",
            rule.direction,
            rule.protocol,
            rule.first,
            rule.last,
            str(rule.remote),
        )
        for rule in planned
    )
    assert found == expected
    assert all(rule.inputs["ethertype"] == "IPv4" for rule in made.of(RULE))
    assert all(rule.delete_before_replace for rule in made.of(RULE))


def test_nothing_enters_from_outside_but_ssh_to_the_bastion(made: Run) -> None:
    inside = IPv4Network("10.16.0.0/16")
    entering = [
        (rule.inputs["securityGroupId"], rule.inputs["portRangeMin"], rule.inputs["remoteIpPrefix"])
        for rule in made.of(RULE)
        if rule.inputs["direction"] == "ingress"
        and not IPv4Network(rule.inputs["remoteIpPrefix"]).subnet_of(inside)
    ]
    assert entering == [("SecGroup/local-role-bastion", 22, "198.18.0.0/20")]


def test_the_services_host_is_administered_from_the_bastions_address_only(made: Run) -> None:
    groups = set(made.one(PORT, "local-services").inputs["securityGroupIds"])
    entering = {
        tuple(rule.inputs[key] for key in ("protocol", "portRangeMin", "portRangeMax", "remoteIpPrefix"))
        for rule in made.of(RULE)
        if rule.inputs["direction"] == "ingress" and rule.inputs["securityGroupId"] in groups
    }
    # The zones that stand, and every space at once.
    peers = ("10.16.1.0/24", "10.16.2.0/24", "10.16.32.0/19")
    served = (("udp", 123), ("udp", 53), ("tcp", 53), ("tcp", 3142), ("tcp", 6514))
    shared = {(protocol, port, port, peer) for protocol, port in served for peer in peers}
    objects = ("tcp", 8443, 8443, "10.16.32.0/19")
    assert entering == {("tcp", 22, 22, "10.16.1.10/32"), objects, *shared}


def test_only_the_bastion_has_a_floating_ip(made: Run) -> None:
    (tie,) = made.of("FloatingIpAssociate")
    assert tie.inputs["portId"] == "Port/local-bastion"
    (floating,) = made.of("networking/floatingIp:FloatingIp")
    assert floating.inputs["pool"] == "public"


def test_networks_keep_port_security_and_give_no_dhcp_and_no_resolver(made: Run) -> None:
    for network in made.of("networking/network:Network"):
        assert network.inputs["portSecurityEnabled"] is True
        assert not {"shared", "external"} & set(network.inputs)
    for subnet in made.of("networking/subnet:Subnet"):
        assert subnet.inputs["ipVersion"] == 4
        assert subnet.inputs["enableDhcp"] is False
        assert "dnsNameservers" not in subnet.inputs


def test_data_lies_on_the_encrypted_type_and_goes_after_its_server(made: Run) -> None:
    (volume,) = made.of(VOLUME)
    assert volume.inputs["volumeType"] == "luks"
    (attachment,) = made.of(ATTACH)
    server = made.one(SERVER, "local-services")
    assert attachment.inputs == {"instanceId": "Instance/local-services", "volumeId": f"Volume/{volume.name}"}
    assert attachment.retain_on_delete
    assert volume.urn in server.dependencies


def test_the_container_keeps_versions_and_is_private(made: Run) -> None:
    (container,) = made.of(CONTAINER)
    assert container.inputs["versioning"] is True
    unwanted = {"containerRead", "containerWrite", "containerSyncTo", "forceDestroy"}
    assert not unwanted & set(container.inputs)


@pytest.mark.parametrize("protect", [True, False])
def test_protect_covers_what_holds_data(protect: bool) -> None:
    spec = load("local-platform")
    platform = spec.platform.model_copy(update={"protect": protect})
    changed = run(replace(spec, platform=platform))
    kept = {made.type for made in changed.made if made.protect}
    assert kept <= {made.type for made in changed.made if made.retain_on_delete}
    assert kept == (
        {"openstack:blockstorage/volume:Volume", "openstack:objectstorage/container:Container"}
        if protect
        else set()
    )


def test_hosts_of_a_placement_group_are_kept_apart() -> None:
    spec = load("local-platform")
    hosts = tuple(
        replace(placed, host=placed.host.model_copy(update={"placement_group": "pair"}))
        for placed in spec.plan.hosts
    )
    changed = run(replace(spec, plan=replace(spec.plan, hosts=hosts)))
    (group,) = changed.of("serverGroup:ServerGroup")
    assert group.inputs["policies"] == "anti-affinity"
    for server in changed.of(SERVER):
        assert server.inputs["schedulerHints"] == [{"group": "ServerGroup/local-pair"}]


def test_everything_says_what_it_is_and_whose(made: Run) -> None:
    for resource in made.of(""):
        kind = resource.type.rsplit(":")[-1]
        if not resource.type.startswith("openstack:") or kind in TIES:
            continue
        assert re.match(r"^local-[a-z]", resource.name)
        if kind not in NO_DESCRIPTION:
            assert resource.inputs["description"], resource.urn
        if kind in ("SecGroupRule", "Keypair"):
            continue
        said = resource.inputs.get("tags") or [f"{k}={v}" for k, v in resource.inputs["metadata"].items()]
        assert {"env=local", "owner=platform-team"} <= set(said), resource.urn


def test_every_component_registers_its_outputs_last(made: Run) -> None:
    components = [resource for resource in made.made if resource.type.startswith("socle:")]
    registered = [component for event, component in made.events if event == "outputs"]
    assert len(components) == 10
    ours = [component for component in registered if type(component).__module__.startswith("infra.")]
    assert len(ours) == len(set(map(id, ours))) == len(components)
    for component in ours:
        last = max(index for index, event in enumerate(made.events) if event[1] is component)
        assert made.events[last][0] == "outputs", component


def test_every_child_hangs_under_a_component_and_uses_the_explicit_provider(made: Run) -> None:
    (provider,) = made.of("pulumi:providers:openstack")
    assert provider.inputs["region"] == "RegionOne"
    for resource in made.made:
        if resource.type.startswith("openstack:"):
            assert resource.provider.startswith(provider.urn), resource.urn
            assert "socle:" in resource.parent or resource.type.endswith("Keypair"), resource.urn


def test_the_contract_is_whole(made: Run) -> None:
    assert [field.name for field in fields(PlatformOutputs)] == list(made.contract)
    assert made.contract == {
        "bastion_address": "172.24.0.99",
        "hosts": [
            {"name": "local-bastion", "roles": ["bastion"], "zone": "admin", "address": "10.16.1.10"},
            {
                "name": "local-services",
                "roles": ["package-proxy", "time", "resolver", "collector", "object-gateway"],
                "zone": "services",
                "address": "10.16.2.10",
            },
        ],
        "container": "local-records",
        "data_volume": {"id": "Volume/local-services-data", "host": "local-services", "mount": "/srv/data"},
        "zones": {"admin": "10.16.1.0/24", "services": "10.16.2.0/24"},
        "core_router_id": "Router/local-core",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"image": "nowhere"},
            "stacks/profiles/local.yaml: image nowhere was not found (invoke of openstack:images",
        ),
        ({"external_network": "none"}, "stacks/profiles/local.yaml: external network none was not found"),
        ({"sizes": {"small": "huge"}}, "stacks/profiles/local.yaml: flavor huge was not found"),
    ],
)
def test_a_name_that_the_cloud_lacks_ends_in_one_line(change: dict[str, Any], message: str) -> None:
    spec = load("local-platform")
    with pytest.raises(pulumi.RunError) as caught:
        run(replace(spec, profile=spec.profile.model_copy(update=change)))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
