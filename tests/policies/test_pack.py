"""The pack under plain `pulumi`: what it stops, what it says, and what it makes of bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.policies.engine import ROOT, Engine

HERE = Path(__file__).parent
PACK = str(ROOT / "policies")
CANARY = "seeded-canary-91b7"
GOOD = {"PACK-01": {"regions": ["here"]}}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, chain: Path) -> Engine:
    engine = Engine(tmp_path_factory.mktemp("small"), chain)
    engine.begin(HERE / "small")
    return engine


def configured(engine: Engine, said: object) -> tuple[str, ...]:
    path = engine.folder / "policies.json"
    path.write_text(json.dumps(said))
    return ("--policy-pack", PACK, "--policy-pack-config", str(path))


def test_an_unknown_in_the_first_rule_hides_no_violation_in_the_fifth(small: Engine) -> None:
    said = small.pulumi("preview", *configured(small, GOOD), ends=None)
    assert "[mandatory]  NET-06  (openstack:networking:SecGroupRule: rule-4)" in said
    assert "[advisory]  NET-06  (openstack:networking:SecGroupRule: rule-0)" in said
    assert "one or more mandatory policy violations" in said or "preview failed" in said
    off = {**GOOD, **dict.fromkeys(("NET-06", "NET-07"), "disabled")}
    small.pulumi("preview", *configured(small, off))


def test_what_is_unproven_stops_a_change_where_it_is_told_to(small: Engine) -> None:
    said = {"PACK-01": {"regions": ["here"], "unproven": "mandatory"}, "NET-07": "disabled"}
    answer = small.pulumi("preview", *configured(small, said), ends=None)
    assert "[mandatory]  NET-06  (openstack:networking:SecGroupRule: rule-0)" in answer


def test_a_violation_is_said_in_french(small: Engine) -> None:
    said = {"PACK-01": {"regions": ["here"], "language": "fr"}}
    assert "Aucune règle ne laisse entrer depuis Internet" in small.pulumi(
        "preview", *configured(small, said), ends=None
    )


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"NET-06": {"widst": {}}}, "NET-06.widst: there is no such parameter (widest)"),
        ({"PACK-01": {"regions": "here"}}, "regions"),
    ],
)
def test_bad_configuration_is_one_line(small: Engine, said: object, line: str) -> None:
    answer = small.pulumi("preview", *configured(small, said), ends=None)
    assert line in answer
    assert "error" in answer
    assert "Traceback" not in answer


def test_no_secret_is_in_messages_or_ledger(small: Engine) -> None:
    ledger = small.folder / "ledger.json"
    small.pulumi("config", "set", "canary", CANARY)
    try:
        said = small.pulumi("preview", *configured(small, GOOD), ends=None, SOCLE_POLICY_LEDGER=str(ledger))
    finally:
        small.pulumi("config", "rm", "canary")
    assert "SEC-03" in said
    assert CANARY not in said
    assert CANARY not in ledger.read_text()


def test_an_exemption_is_used_and_one_that_is_over_is_a_finding(small: Engine) -> None:
    urn = "urn:pulumi:dev::cases::openstack:networking/secGroupRule:SecGroupRule::rule-4"
    entry = {"owner": "team", "approver": "officer", "reason": "A test", "expiry": "EXPIRY", "urn": urn}
    files = {"good": ("NET-06", "2199-01-01"), "over": ("NET-06", "2020-01-01")}
    for name, (policy, expiry) in files.items():
        text = json.dumps({"exemptions": [{"policy": policy, **entry}]}).replace('"EXPIRY"', expiry)
        path = small.folder / f"{name}.yaml"
        path.write_text(text)
        settings = {"PACK-01": {"regions": ["here"], "exemptions": str(path)}}
        said = small.pulumi("preview", *configured(small, settings), ends=None)
        assert (
            "entry 1: " + ("is over since 2020-01-01" if name == "over" else "runs more than 180 days")
            in said
        )
        assert "[mandatory]  NET-06  (openstack:networking:SecGroupRule: rule-4)" in said


@pytest.mark.parametrize("text", ['{"version": 3, "deployment": {"resou', "{}", ""])
def test_a_state_that_is_cut_off_is_one_line(small: Engine, text: str) -> None:
    state = small.folder / "state.json"
    state.write_text(text)
    answer = small.pulumi("policy", "analyze", "--file", str(state), "--policy-pack", PACK, ends=None)
    assert "error" in answer
    assert "Traceback" not in answer


def test_a_stack_of_another_provider_is_refused_by_type(small: Engine) -> None:
    urn = "urn:pulumi:dev::cases::"
    provider = f"{urn}pulumi:providers:other::p"
    things = [
        {"urn": f"{urn}pulumi:pulumi:Stack::cases-dev", "type": "pulumi:pulumi:Stack", "custom": False},
        {"urn": provider, "type": "pulumi:providers:other", "custom": True, "id": "one"},
        {
            "urn": f"{urn}other:index:Thing::t", "type": "other:index:Thing", "custom": True, "id": "t",
            "inputs": {}, "outputs": {}, "provider": f"{provider}::one",
        },
    ]  # fmt: skip
    state = small.folder / "other.json"
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    state.write_text(json.dumps({"version": 3, "deployment": {"manifest": manifest, "resources": things}}))
    answer = small.pulumi("policy", "analyze", "--file", str(state), "--policy-pack", PACK, ends=None)
    assert "type other:index:Thing is not known here" in answer
    assert "Traceback" not in answer
