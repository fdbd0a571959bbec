"""A server that nova cannot place is named with its reason, and the next `up` recovers it. [nightly]"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openstack
import pytest

from tests.cloud.live import CLOUD, SERVICES, SOCLE, environment, on_host, run, show


def reserve(everything: bool) -> None:
    """Let placement believe that all but one MiB of every hypervisor's memory is taken, or nothing.

    Disabling nova-compute would not do: its availability zone goes with it, and nova refuses the request
    instead of failing to place the server. Nova-compute corrects the figure within a minute.
    """
    with openstack.connect(cloud="admin") as cloud:
        placement: Any = cloud.placement
        for provider in placement.resource_providers():
            memory = f"/resource_providers/{provider.id}/inventories/MEMORY_MB"
            inventory = placement.get(memory).json()
            inventory["reserved"] = inventory["total"] - 1 if everything else 0
            # The SDK sends what has changed only, which placement refuses.
            assert placement.put(memory, json=inventory).ok


@pytest.fixture
def no_hypervisor_takes_servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", environment()["OS_CLIENT_CONFIG_FILE"])
    reserve(everything=True)
    yield
    reserve(everything=False)


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
    failed = run(*replace, "--replace", urn_of(SERVICES), timeout=600, check=False)
    assert failed.returncode != 0
    named = run(".venv/bin/python", "-m", "infra.recover", check=False)
    assert named.returncode == 3
    assert SERVICES in named.stderr
    assert "No valid host" in named.stderr


def test_the_next_up_recovers_it() -> None:
    assert show(SOCLE, "local", "up", "--cloud", CLOUD) == 0
    assert on_host(SERVICES, "hostname", fresh=True).strip() == SERVICES
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")
