"""`pulumi destroy` leaves nothing of the platform; data outlives it, and goes once it is released."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from socle.env import describe
from socle.local.stacks import stacks
from tests.cloud import data
from tests.cloud.live import CLOUD, NAME, environment, run, spaces

LISTS = (
    "server list",
    "volume list",
    "volume snapshot list",
    "network list",
    "subnet list",
    "router list",
    "port list",
    "floating ip list",
    "keypair list",
    "container list",
    "server group list",
    "network rbac list",
)


def listed(what: str) -> list[dict[str, str]]:
    # What the provider shows to everybody is its own.
    words = (
        [*what.split(), "--project", project()] if what in ("network list", "subnet list") else what.split()
    )
    found: list[dict[str, str]] = json.loads(run("openstack", *words, "-f", "json").stdout or "[]")
    return found


@cache
def project() -> str:
    """The project's id, which its own member may not look up by name."""
    return run("openstack", "token", "issue", "-f", "value", "-c", "project_id").stdout.strip()


def test_the_lists_see_what_stands() -> None:
    for what in ("server list", "volume list", "network list", "subnet list", "container list", "port list"):
        assert listed(what), f"openstack {what} sees nothing, so it could not show that nothing is left"


@pytest.mark.parametrize("stack", [*reversed(spaces()), environment()["SOCLE_STACK"]])
def test_destroy_succeeds(stack: str) -> None:
    if stack not in stacks(describe(CLOUD)):
        pytest.skip(
            "erased, as test_space_erasure.py leaves a space; that nothing of it is left is looked at below"
        )
    destroy = ("pulumi", "destroy", "--yes", "--non-interactive", "--skip-preview")
    run(*destroy, "--stack", stack, timeout=900)


def test_data_outlives_the_platform() -> None:
    held = {f"{NAME}-base-{base['name']}" for base in data.said()["bases"]}
    assert {entry["Name"] for entry in listed("container list")} == held
    held = {f"{NAME}-data-{volume['name']}" for volume in data.said()["volumes"]}
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
