"""The filter of the role resolver: a network sees names of what it may reach, and of nothing else."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

PLUGIN = Path(__file__).resolve().parents[3] / "roles/resolver/filter_plugins/resolver_views.py"
SPEC = importlib.util.spec_from_file_location("resolver_views", PLUGIN)
assert SPEC is not None
assert SPEC.loader is not None
plugin = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(plugin)


def rule(protocol: str, ports: str, *remote: str) -> dict[str, Any]:
    return {"protocol": protocol, "ports": ports, "remote": list(remote), "flows": ["x"]}


def host(zone: str, address: str, *rules: dict[str, Any], space: str = "") -> dict[str, Any]:
    return {"zone": zone, "space": space, "address": address, "input": list(rules)}


PLAN: dict[str, Any] = {
    "stack": "local-platform",
    "hosts": {
        "local-bastion": host("admin", "10.16.1.10", rule("tcp", "22", "198.18.0.0/20")),
        "local-services": host(
            "services",
            "10.16.2.10",
            rule("tcp", "22", "10.16.1.10/32"),
            rule("udp", "53", "10.16.1.0/24", "10.16.128.16/28"),
            rule("tcp", "53", "10.16.1.0/24"),
            rule("udp", "123", "10.16.3.0/24"),
        ),
        "local-base": host("data", "10.16.3.10", rule("tcp", "5432", "10.16.4.0/24")),
    },
}


def views() -> dict[str, list[str]]:
    found = plugin.resolver_views(PLAN, "local-services")
    return {view["network"]: [record["name"] for record in view["records"]] for view in found}


def test_only_networks_with_a_flow_to_port_53_have_a_view() -> None:
    assert set(views()) == {"10.16.1.0/24", "10.16.128.16/28", "10.16.2.10/32"}


def test_a_zone_sees_its_hosts_and_what_it_may_reach() -> None:
    assert views()["10.16.1.0/24"] == ["bastion.admin.local.internal", "services.services.local.internal"]


def test_a_space_sees_shared_services_alone() -> None:
    assert views()["10.16.128.16/28"] == ["services.services.local.internal"]


def test_a_host_of_a_space_is_named_by_its_space() -> None:
    placed = host("spaces", "10.16.32.10", space="alpha")
    assert plugin.domain_name("local", "local-alpha-desk", placed) == "desk.alpha.local.internal"


def test_the_filter_is_offered_to_ansible() -> None:
    assert plugin.FilterModule().filters() == {"resolver_views": plugin.resolver_views}
