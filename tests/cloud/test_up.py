"""The main job on a real OpenStack: it ends green, and doing it again finds nothing to do."""

from __future__ import annotations

import json

from tests.cloud.conftest import work_tree
from tests.cloud.live import CLOUD, SOCLE, environment, outputs, run, show
from tests.faults.orphans import Snapshot


def test_up_ends_green(machine_before: Snapshot, tree_before: str) -> None:
    assert machine_before
    assert show(SOCLE, "local", "up", "--cloud", CLOUD) == 0
    assert work_tree() == tree_before, "`up` changed files of the work tree"


def test_preview_is_empty() -> None:
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")


def test_refresh_sees_no_drift() -> None:
    run("pulumi", "refresh", "--preview-only", "--expect-no-changes", "--non-interactive")


def test_outputs_contract_is_served() -> None:
    assert {"bastion_address", "hosts", "container", "data_volume", "zones"} <= outputs().keys()
    assert {host["name"] for host in outputs()["hosts"]} == {"local-bastion", "local-services"}


def test_no_secret_in_the_state() -> None:
    import yaml

    with open(environment()["OS_CLIENT_CONFIG_FILE"]) as handle:  # noqa: PTH123
        clouds = yaml.safe_load(handle)["clouds"]
    secret = clouds[environment()["OS_CLOUD"]]["auth"]["application_credential_secret"]
    exported = run("pulumi", "stack", "export").stdout
    assert json.loads(exported)["deployment"]["resources"]
    assert secret not in exported
