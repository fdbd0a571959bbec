"""The policy pack on the platform that stands: its stacks hold, and one opened rule does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cloud.live import SOCLE, environment, run, stacks

PACK = ("--policy-pack", "policies", "--policy-pack-config", "stacks/policies.json")
RULE = "openstack:networking/secGroupRule:SecGroupRule"
VIOLATED = 3  # exit code of `socle policy report`


def analyze(state: Path, ledger: Path, *, check: bool = True) -> str:
    """What `socle policy report` says of an exported state, policy by policy."""
    ledger.unlink(missing_ok=True)
    analysis = ("pulumi", "policy", "analyze", "--file", str(state), *PACK)
    run(*analysis, check=check, extra={"SOCLE_POLICY_LEDGER": str(ledger)})
    done = run(SOCLE, "policy", "report", str(ledger), check=check)
    assert check or done.returncode == VIOLATED
    return done.stdout


@pytest.mark.parametrize("stack", stacks())
def test_what_is_planned_holds(stack: str) -> None:
    run("pulumi", "preview", "--stack", stack, "--non-interactive", *PACK)


@pytest.mark.parametrize("stack", stacks())
def test_what_stands_holds_and_nothing_is_unproven(stack: str, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    run("pulumi", "stack", "export", "--stack", stack, "--file", str(state))
    said = analyze(state, tmp_path / "ledger.json")
    assert " pass" in said
    assert " fail" not in said


def test_a_rule_opened_to_everybody_is_found_in_the_same_state(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    run("pulumi", "stack", "export", "--stack", environment()["SOCLE_STACK"], "--file", str(state))
    deployment = json.loads(state.read_text())
    rules = [one for one in deployment["deployment"]["resources"] if one["type"] == RULE]
    opened = next(one for one in rules if one["outputs"]["direction"] == "ingress")
    for said in (opened["inputs"], opened["outputs"]):
        said |= {"remoteIpPrefix": "0.0.0.0/0", "ethertype": "IPv4", "remoteGroupId": ""}
    state.write_text(json.dumps(deployment))
    found = analyze(state, tmp_path / "ledger.json", check=False)
    assert opened["urn"].rpartition("::")[2] in found
