"""Hosts that are declared but cannot be looked at: named, unproven, and never passed over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.hosts.conftest import looked_at
from tests.hosts.inventory import REPOSITORY, declared_hosts


def test_tests_are_listed_before_any_cloud_stands() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/hosts/test_controls.py"]
    env = os.environ | {"OS_CLIENT_CONFIG_FILE": "/nonexistent/clouds.yaml", "SOCLE_STACK": "local-platform"}
    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    for host in ("local-bastion", "local-services"):
        assert f"[{host}-SOC-SSH-01]" in done.stdout


def test_every_declared_host_is_unproven_when_the_cloud_cannot_be_asked(tmp_path: Path) -> None:
    written = tmp_path / "records.jsonl"
    command = [sys.executable, "-m", "pytest", "-q", f"--records={written}", "-k", "SOC-SSH-01"]
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "OS_CLIENT_CONFIG_FILE": str(tmp_path / "none.yaml"),
        "SOCLE_STACK": "local-platform",
    }
    done = subprocess.run(
        [*command, "tests/hosts/test_controls.py"], cwd=REPOSITORY, env=env, capture_output=True, check=False
    )
    assert done.returncode == 1
    records = [json.loads(line) for line in written.read_text().splitlines()]
    assert [record["target"] for record in records] == declared_hosts()
    assert {record["verdict"] for record in records} == {"unproven"}


def test_only_hosts_that_a_test_is_about_are_asked_and_all_of_them_for_a_waiver() -> None:
    def item(**parameters: str) -> Any:
        return SimpleNamespace(callspec=SimpleNamespace(params=parameters))

    about = [item(declared="local-services", control="x"), SimpleNamespace()]
    assert looked_at(about) == {"local-services"}
    assert looked_at([*about, item(waiver="SOC-SUDO-03")]) == set(declared_hosts())
