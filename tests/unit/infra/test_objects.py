"""Who may reach which container: what the gateway's host is told, and that a wrong table gives nothing."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import hosts, stackfile
from infra.plan.objects import admitted, space_client
from infra.specification import load, load_data, load_spaces

ALPHA = {
    "name": "alpha",
    "networks": ["10.17.32.16/28"],
    "containers": {
        "full-alpha-in": "read",
        "full-alpha-out": "write",
        "full-base-hospital-stays": "read",
    },
}


def told(stack: str = "full-platform") -> dict[str, list[Any]]:
    return {name: host["objects"] for name, host in hosts.facts(stack)["hosts"].items()}


@pytest.fixture
def tables(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The committed tables, to be spoilt."""
    monkeypatch.setattr(stackfile, "ROOT", tree)
    return tree / "stacks"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_gateways_host_is_told_each_spaces_containers() -> None:
    found = told()
    assert [client["name"] for client in found["full-services"]] == ["alpha", "beta"]
    assert found["full-services"][0] == ALPHA
    assert {name for name, clients in found.items() if clients} == {"full-services"}


def test_two_clients_share_no_network_and_only_bases() -> None:
    one, other = told()["full-services"]
    assert not IPv4Network(one["networks"][0]).overlaps(IPv4Network(other["networks"][0]))
    assert not set(one["containers"]) & set(other["containers"])


def test_containers_are_those_that_the_layers_make() -> None:
    bases = {kept.name for kept in load_data("full-data").plan.containers}
    named = {name for client in told()["full-services"] for name in client["containers"]}
    assert {name for name in named if "-base-" in name} <= bases
    assert not named & {f"full-{load('full-platform').platform.container.name}"}


@pytest.mark.parametrize("phase", ["frozen", "closed"])
def test_a_space_that_is_not_open_is_no_client(tables: Path, phase: str) -> None:
    change(tables / "Pulumi.full-space-alpha.yaml", "phase: open", f"phase: {phase}")
    assert [client["name"] for client in told()["full-services"]] == ["beta"]


def test_a_space_whose_file_is_wrong_gets_nothing_and_takes_nothing(tables: Path) -> None:
    change(tables / "Pulumi.full-space-alpha.yaml", "bases: [hospital-stays]", "bases: [no-such-base]")
    assert [client["name"] for client in told()["full-services"]] == ["beta"]


def test_without_a_flow_nobody_is_a_client(tables: Path) -> None:
    path = tables / "flows.yaml"
    said = yaml.safe_load(path.read_text())
    said["flows"] = [flow for flow in said["flows"] if flow["name"] != "spaces-to-object-gateway"]
    path.write_text(yaml.safe_dump(said))
    assert told()["full-services"] == []


def test_rights_follow_the_way_of_the_exchange() -> None:
    spec = next(one for one in load_spaces("full") if one.name == "alpha")
    client = space_client("alpha", spec.space, spec.plan.transit)
    assert client == ALPHA
    assert admitted([client], [IPv4Network("10.17.32.0/24")]) == [client]
    assert admitted([client], [IPv4Network("10.17.32.16/29")]) == []


def test_an_endpoint_is_told_by_its_address_port_and_name() -> None:
    outside = hosts.facts("local-platform")["outside"]
    assert outside["object-store"]["endpoint"] == {
        "host": "endpoints.localcloud.internal",
        "address": "198.18.255.1",
        "port": 8080,
    }
    assert "endpoint" not in outside["time"]
