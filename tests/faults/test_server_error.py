"""A server that nova cannot place is named with its reason, and the next `up` recovers it. [nightly]"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cloud.live import CLOUD, SOCLE, on_host, run, show

ADMIN = ("openstack", "--os-cloud", "admin")


def compute_hosts() -> list[str]:
    listed = run(*ADMIN, "compute", "service", "list", "--service", "nova-compute", "-f", "json").stdout
    return [service["Host"] for service in json.loads(listed)]


@pytest.fixture
def no_hypervisor_takes_servers() -> Iterator[None]:
    for host in compute_hosts():
        run(*ADMIN, "compute", "service", "set", "--disable", host, "nova-compute")
    yield
    for host in compute_hosts():
        run(*ADMIN, "compute", "service", "set", "--enable", host, "nova-compute")


def urn_of(server: str) -> str:
    resources = json.loads(run("pulumi", "stack", "export").stdout)["deployment"]["resources"]
    return next(
        str(r["urn"])
        for r in resources
        if r["type"].startswith("openstack:compute/instance:") and r["outputs"]["name"] == server
    )


@pytest.mark.usefixtures("no_hypervisor_takes_servers")
def test_the_failed_server_is_named_with_novas_reason() -> None:
    replace = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"]
    failed = run(*replace, "--target-replace", urn_of("local-services"), timeout=600, check=False)
    assert failed.returncode != 0
    named = run(".venv/bin/python", "-m", "infra.recover", check=False)
    assert named.returncode == 3
    assert "local-services" in named.stderr
    assert "No valid host" in named.stderr


def test_the_next_up_recovers_it() -> None:
    assert show(SOCLE, "local", "up", "--cloud", CLOUD) == 0
    assert on_host("local-services", "hostname").strip() == "local-services"
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")
