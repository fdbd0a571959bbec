"""The checks on states made by hand: what they must see, and that what cannot be read is never a pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.config.zones import LEVELS
from socle.records import Verdict
from tests.hosts.catalogue import controls, not_here
from tests.hosts.checks import State
from tests.hosts.checks.kernel import audit_rule
from tests.hosts.judge import judge
from tests.hosts.mutate import Trial, applicable, draw, rounds
from tests.unit.controls.shared import HOST, TODAY, by_id, verdict


def test_an_unreachable_host_proves_nothing() -> None:
    for control in controls():
        if not not_here(control, HOST):
            record = judge(control, HOST, State(unreadable="h: exit 255: timed out"), today=TODAY)
            assert record.verdict is Verdict.UNPROVEN
            assert "timed out" in record.evidence


def test_an_unreadable_section_and_an_unknown_shape_prove_nothing() -> None:
    control = by_id("SOC-AUD-01")
    for sections in ({"audit": {"error": "OSError: no auditctl"}}, {"audit": {"value": ["?"]}}, {}):
        assert judge(control, HOST, State(sections), today=TODAY).verdict is Verdict.UNPROVEN


def test_a_condition_that_does_not_hold_is_not_applicable() -> None:
    assert judge(by_id("SOC-SSH-06"), HOST, State(), today=TODAY).verdict is Verdict.NOT_APPLICABLE


def test_a_control_above_the_hosts_level_does_not_apply_and_says_so() -> None:
    high = next(control for control in controls() if control.level == "high")
    record = judge(high, HOST, State({"packages": {"value": high.parameters["absent"]}}), today=TODAY)
    assert record.verdict is Verdict.NOT_APPLICABLE
    assert record.evidence == "level: high; this host's is enhanced"
    assert high not in applicable(HOST)
    chosen = replace(HOST, levels=LEVELS)
    assert high in applicable(chosen)
    state = State({"packages": {"value": high.parameters["absent"]}})
    assert judge(high, chosen, state, today=TODAY).verdict is Verdict.FAIL


def test_a_wildcard_covers_every_interface() -> None:
    values = {f"net.ipv6.conf.{name}.disable_ipv6": "1" for name in ("all", "default", "ens3")}
    assert verdict("SOC-NET-04", "sysctl", values) is Verdict.PASS
    assert verdict("SOC-NET-04", "sysctl", values | {"net.ipv6.conf.lo.disable_ipv6": "0"}) is Verdict.FAIL
    assert verdict("SOC-NET-04", "sysctl", {"kernel.sysrq": "0"}) is Verdict.FAIL


def test_audit_rules_compare_by_meaning() -> None:
    watch = audit_rule("-w /etc/passwd -p wa -k identity")
    assert watch == audit_rule("-F key=identity -F perm=wa -F path=/etc/passwd")
    assert audit_rule("-a always,exit -S a,b") == audit_rule("-a always,exit -S b -S a")
    assert watch == audit_rule("-S open,chmod -F path=/etc/passwd -F perm=wa -F key=identity")
    assert audit_rule("-a always,exit -S a") != audit_rule("-a always,exit -S a,b")


@pytest.mark.parametrize(
    "line", ["-a never,task", "-a exclude,always -F msgtype=PATH", "-a exit,never -S all"]
)
def test_a_rule_that_silences_others_fails(line: str) -> None:
    wanted = list(by_id("SOC-AUD-01").parameters["rules"])
    status = "enabled 1\nfailure 1\n"
    assert verdict("SOC-AUD-01", "audit", {"status": status, "rules": wanted}) is Verdict.PASS
    assert verdict("SOC-AUD-01", "audit", {"status": status, "rules": [line, *wanted]}) is Verdict.FAIL


def test_a_foreign_listener_is_seen() -> None:
    sshd = {"protocol": "tcp", "address": "0.0.0.0", "port": 22, "process": "sshd"}  # noqa: S104
    stub = {"protocol": "udp", "address": "127.0.0.53%lo", "port": 53, "process": "systemd-resolve"}
    assert verdict("SOC-LIS-01", "listening", [sshd, stub]) is Verdict.PASS
    assert verdict("SOC-LIS-01", "listening", [sshd, stub | {"address": "10.0.2.4"}]) is Verdict.FAIL
    assert verdict("SOC-LIS-01", "listening", [sshd | {"process": "python3"}]) is Verdict.FAIL


def test_draws_are_of_different_mechanisms_and_replayable() -> None:
    for seed in range(50):
        drawn = draw(controls(), 3, seed)
        assert len({c.mechanism for c in drawn}) == 3
        assert drawn == draw(controls(), 3, seed)


def test_rounds_break_each_control_once_and_no_mechanism_twice() -> None:
    planned = rounds(controls())
    assert sorted(c.id for r in planned for c in r) == sorted(c.id for c in controls())
    assert all(len({c.mechanism for c in r}) == len(r) for r in planned)


@pytest.mark.parametrize(
    ("noticed", "left", "said"),
    [
        ({"A": "x"}, {}, "noticed exactly"),
        ({}, {}, "not noticed: A"),
        ({"A": "x", "B": "y"}, {}, "also failing: B"),
        ({"A": "x"}, {"A": "z"}, "failing after rollback: A"),
    ],
)
def test_a_trial_says_what_differed(noticed: dict[str, str], left: dict[str, str], said: str) -> None:
    result = Trial("h", ("A",), noticed, left)
    assert said in result.said()
    assert result.exact is (said == "noticed exactly")
