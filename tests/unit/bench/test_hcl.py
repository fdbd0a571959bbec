"""The HCL written by hand plans what the Pulumi program registers: every resource, every attribute, no cloud.

OpenTofu plans on a mocked provider, the program runs on a mocked engine. Ids are left out, since neither has
real ones: what they tie together is compared by the benchmark itself, in the cloud. Needs OpenTofu, which
only the benchmark builds: skipped where it never ran.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.up.facts import STACK, checkout, variables
from bench.up.ground import HCL, write_variables
from bench.up.peer import Peer, built, configure
from infra.specification import Specification, load
from socle.errors import FailureError
from tests.unit.infra.program import KEY, run

TEST = 'mock_provider "openstack" {}\n\nrun "plan" {\n  command = plan\n}\n'
BLOCKS = {"fixed_ips": "fixed_ip", "networks": "network", "allocation_pools": "allocation_pool"}
"""Pulumi calls a repeated block by its plural."""
IDS = re.compile(r"_ids?$|^floating_ip$|^network$")
"""A server's network is told by the port's id alone."""


@pytest.fixture(scope="module")
def peer() -> Peer:
    try:
        return built()
    except FailureError:
        pytest.skip("OpenTofu is not built: python3 toolchain/peer.py")


@pytest.fixture(scope="module")
def plan(peer: Peer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("hcl")
    hcl = folder / "hcl"
    shutil.copytree(HCL, hcl)
    write_variables(hcl, variables(load(STACK, checkout(folder / "checkout")), KEY))
    (hcl / "mock.tftest.hcl").write_text(TEST)
    env = {"TF_CLI_CONFIG_FILE": str(configure(peer, folder)), "PATH": "/usr/bin:/bin"}

    def tofu(*words: str) -> str:
        command = [str(peer.tofu), *words]
        done = subprocess.run(command, cwd=hcl, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    tofu("fmt", "-check", "-diff")
    tofu("init", "-input=false")
    tofu("validate")
    (found,) = (
        entry["test_plan"]
        for entry in map(json.loads, tofu("test", "-json", "-verbose").splitlines())
        if entry["type"] == "test_plan"
    )
    return found


def planned(plan: dict[str, Any]) -> Iterator[str]:
    """What OpenTofu would make: of each resource, the arguments that the HCL gives."""
    given = {
        f"{it['type']}.{it['name']}": set(it.get("expressions", {}))
        for it in plan["configuration"]["root_module"]["resources"]
        if it["mode"] == "managed"
    }
    for it in plan["resource_changes"]:
        if it["mode"] == "managed":
            kind = re.sub(r"_v\d+$", "", it["type"].removeprefix("openstack_")).replace("_", "")
            after = it["change"]["after"]
            said = {key: after[key] for key in given[f"{it['type']}.{it['name']}"]}
            yield told(kind, said)


def registered(specification: Specification) -> Iterator[str]:
    """What the Pulumi program makes."""
    for it in run(specification).made:
        if found := re.fullmatch(r"openstack:(\w+)/(\w+):\w+", it.type):
            said = {re.sub(r"([A-Z])", r"_\1", key).lower(): value for key, value in it.inputs.items()}
            yield told(
                (found[1] + found[2]).lower(), {BLOCKS.get(key, key): value for key, value in said.items()}
            )


def told(kind: str, said: dict[str, Any]) -> str:
    return f"{kind} {json.dumps(without_ids(said), sort_keys=True)}"


def without_ids(value: Any) -> Any:
    """A value in one form for both tools: no ids, no nulls, whole numbers whole."""
    if isinstance(value, dict):
        named = ((re.sub(r"([A-Z])", r"_\1", key).lower(), item) for key, item in value.items())
        return {key: without_ids(item) for key, item in named if item is not None and not IDS.search(key)}
    if isinstance(value, list):
        return [without_ids(item) for item in value if item is not None]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def test_the_hcl_plans_what_the_program_registers(plan: dict[str, Any], tmp_path: Path) -> None:
    specification = load(STACK, checkout(tmp_path / "checkout"))
    ours, theirs = sorted(registered(specification)), sorted(planned(plan))
    assert theirs == ours
    assert len(ours) > 30
