"""`pulumi destroy` leaves nothing of the platform; data outlives it, and goes once it is released."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cloud import data
from tests.cloud.live import run

LISTS = (
    "server list",
    "volume list",
    "volume snapshot list",
    "network list --internal",
    "subnet list",
    "router list",
    "port list",
    "floating ip list",
    "keypair list",
    "container list",
    "server group list",
)


def listed(what: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(run("openstack", *what.split(), "-f", "json").stdout or "[]")
    if what != "subnet list":
        return found
    # The provider's external network shows its subnet to everybody.
    external = {network["ID"] for network in listed("network list --external")}
    return [subnet for subnet in found if subnet["Network"] not in external]


def test_the_lists_see_what_stands() -> None:
    for what in ("server list", "volume list", "network list --internal", "container list", "port list"):
        assert listed(what), f"openstack {what} sees nothing, so it could not show that nothing is left"


def test_destroy_succeeds() -> None:
    run("pulumi", "destroy", "--yes", "--non-interactive", "--skip-preview", timeout=900)


def test_data_outlives_the_platform() -> None:
    held = {f"local-base-{base['name']}" for base in data.said()["bases"]}
    assert {entry["Name"] for entry in listed("container list")} == held
    held = {f"local-data-{volume['name']}" for volume in data.said()["volumes"]}
    assert {entry["Name"] for entry in listed("volume list")} == held


def test_data_goes_once_it_is_released(tmp_path: Path) -> None:
    said = data.said()
    released = data.release(*(held["name"] for held in [*said["bases"], *said["volumes"]]))
    for step in ("up", "destroy"):
        data.pulumi(step, "--yes", "--skip-preview", folder=tmp_path, released=released)


@pytest.mark.parametrize("what", LISTS)
def test_nothing_is_left(what: str) -> None:
    assert listed(what) == []


def test_only_the_default_security_group_is_left() -> None:
    assert [group["Name"] for group in listed("security group list")] == ["default"]
