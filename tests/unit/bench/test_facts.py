"""What OpenTofu is told must be what the Pulumi program registers; its HCL is compared in test_hcl.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.up.facts import ENVIRONMENT, NETWORK, STACK, checkout, renamed, variables
from infra.specification import Specification, load
from tests.unit.infra.program import KEY, Run, run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def specification(tmp_path_factory: pytest.TempPathFactory) -> Specification:
    return load(STACK, checkout(tmp_path_factory.mktemp("checkout") / "bench"))


@pytest.fixture(scope="module")
def made(specification: Specification) -> Run:
    return run(specification)


@pytest.fixture(scope="module")
def given(specification: Specification) -> dict[str, Any]:
    return variables(specification, KEY)


def test_only_name_and_network_differ_from_the_committed_platform() -> None:
    base = yaml.safe_load((ROOT / "stacks" / "Pulumi.local-platform.yaml").read_text())
    own = renamed(base)
    platform, other = own["config"]["hdh:platform"], base["config"]["hdh:platform"]
    assert platform == {**other, "environment": ENVIRONMENT, "network": NETWORK}
    assert {**own, "config": {**own["config"], "hdh:platform": other}} == base


def test_the_copy_is_the_program_and_leaves_the_tree_alone(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "bench")
    assert (folder / "infra/__main__.py").read_bytes() == (ROOT / "infra/__main__.py").read_bytes()
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert (project["name"], project["main"]) == ("hdh", "infra/")
    assert Path(project["runtime"]["options"]["virtualenv"], "bin").is_dir()
    assert not (ROOT / "stacks" / f"Pulumi.{STACK}.yaml").exists()


def test_every_rule_is_given_with_its_flows(made: Run, given: dict[str, Any]) -> None:
    registered = {
        (
            rule.inputs["securityGroupId"],
            rule.inputs["direction"],
            rule.inputs["protocol"],
            rule.inputs["portRangeMin"],
            rule.inputs["portRangeMax"],
            rule.inputs["remoteIpPrefix"],
            rule.inputs["description"],
        )
        for rule in made.of("secGroupRule:SecGroupRule")
    }
    told = {
        (
            f"SecGroup/{ENVIRONMENT}-{rule['group'].replace('/', '-')}",
            rule["direction"],
            rule["protocol"],
            rule["first"],
            rule["last"],
            rule["remote"],
            "flow " + ", ".join(rule["flows"]),
        )
        for rule in given["rules"].values()
    }
    assert told == registered
    assert {rule["group"] for rule in given["rules"].values()} <= set(given["groups"])


def test_every_zone_host_and_volume_is_given(made: Run, given: dict[str, Any]) -> None:
    def names(kind: str) -> set[str]:
        return {it.name for it in made.of(kind)}

    assert names("network:Network") == {f"{ENVIRONMENT}-{zone}" for zone in given["zones"]}
    assert names("instance:Instance") == {f"{ENVIRONMENT}-{host}" for host in given["hosts"]}
    assert names("secGroup:SecGroup") == {
        f"{ENVIRONMENT}-{group.replace('/', '-')}" for group in given["groups"]
    }
    assert names("volume:Volume") == {
        f"{ENVIRONMENT}-{name}-{volume}"
        for name, host in given["hosts"].items()
        for volume in host["volumes"]
    }
    assert names("container:Container") == {f"{ENVIRONMENT}-{given['container']['name']}"}
