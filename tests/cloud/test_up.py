"""The main job on a real OpenStack: it ends green, and doing it again finds nothing to do."""

from __future__ import annotations

import json
import sys

import pytest

from tests.cloud.conftest import work_tree
from tests.cloud.live import CLOUD, SOCLE, environment, outputs, run, show, spaces, stacks
from tests.faults.orphans import Snapshot
from tests.hosts.inventory import declared_hosts


def test_up_ends_green(machine_before: Snapshot, tree_before: str) -> None:
    assert machine_before
    assert show(SOCLE, "local", "up", "--cloud", CLOUD) == 0
    assert work_tree() == tree_before, "`up` changed files of the work tree"


@pytest.mark.parametrize("stack", stacks())
def test_preview_is_empty(stack: str) -> None:
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive", "--stack", stack)


@pytest.mark.parametrize("stack", stacks())
def test_refresh_sees_no_drift(stack: str) -> None:
    run("pulumi", "refresh", "--preview-only", "--expect-no-changes", "--non-interactive", "--stack", stack)


def test_cloud_and_states_agree() -> None:
    run(sys.executable, "-m", "tests.faults.inventory")


def test_outputs_contract_is_served() -> None:
    assert {"bastion_address", "hosts", "container", "data_volume", "zones"} <= outputs().keys()
    hosts = [host["name"] for stack in (outputs(), *map(outputs, spaces())) for host in stack["hosts"]]
    assert hosts == declared_hosts()


@pytest.mark.parametrize("stack", stacks())
def test_no_secret_in_the_state(stack: str) -> None:
    import yaml

    with open(environment()["OS_CLIENT_CONFIG_FILE"]) as handle:  # noqa: PTH123
        clouds = yaml.safe_load(handle)["clouds"]
    secret = clouds[environment()["OS_CLOUD"]]["auth"]["application_credential_secret"]
    exported = run("pulumi", "stack", "export", "--stack", stack).stdout
    assert json.loads(exported)["deployment"]["resources"]
    assert secret not in exported
