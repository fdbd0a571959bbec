"""The checks on states made by hand: what they must see, and that what cannot be read is never a pass."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from socle.records import Verdict
from tests.hosts.catalogue import Control, controls, waivers
from tests.hosts.checks import Host, State
from tests.hosts.checks.access import effective_defaults, pam_stack
from tests.hosts.checks.kernel import audit_rule
from tests.hosts.judge import judge
from tests.hosts.mutate import Trial, draw, rounds

FLOW = {"protocol": "tcp", "ports": "22", "remote": ["10.0.1.0/24"], "flows": ["bastion-to-services"]}
HOST = Host("h", "10.0.2.4", 22, "automation", "", ("always", "not_bastion"), input=(FLOW,))
TODAY = waivers()[0].granted


def by_id(name: str) -> Control:
    return next(c for c in controls() if c.id == name)


def verdict(name: str, section: str, value: Any, host: Host = HOST, today: date = TODAY) -> Verdict:
    return judge(by_id(name), host, State({section: {"value": value}}), today=today).verdict


def test_an_unreachable_host_proves_nothing() -> None:
    for control in controls():
        if control.applies_when in HOST.conditions:
            record = judge(control, HOST, State(unreadable="h: exit 255: timed out"), today=TODAY)
            assert record.verdict is Verdict.UNPROVEN
            assert "timed out" in record.evidence


def test_an_unreadable_section_and_an_unknown_shape_prove_nothing() -> None:
    control = by_id("SOC-AUD-01")
    for sections in ({"audit": {"error": "OSError: no auditctl"}}, {"audit": {"value": ["?"]}}, {}):
        assert judge(control, HOST, State(sections), today=TODAY).verdict is Verdict.UNPROVEN


def test_a_condition_that_does_not_hold_is_not_applicable() -> None:
    assert judge(by_id("SOC-SSH-06"), HOST, State(), today=TODAY).verdict is Verdict.NOT_APPLICABLE


def test_a_wildcard_covers_every_interface() -> None:
    values = {f"net.ipv6.conf.{name}.disable_ipv6": "1" for name in ("all", "default", "ens3")}
    assert verdict("SOC-NET-04", "sysctl", values) is Verdict.PASS
    assert verdict("SOC-NET-04", "sysctl", values | {"net.ipv6.conf.lo.disable_ipv6": "0"}) is Verdict.FAIL
    assert verdict("SOC-NET-04", "sysctl", {"kernel.sysrq": "0"}) is Verdict.FAIL


def chain(name: str, policy: str = "drop") -> dict[str, Any]:
    return {"chain": {"table": "socle", "name": name, "hook": name, "policy": policy}}


def rule(hook: str, *matches: dict[str, Any], action: str = "accept") -> dict[str, Any]:
    return {
        "rule": {"table": "socle", "chain": hook, "expr": [*({"match": m} for m in matches), {action: None}]}
    }


def payload(protocol: str, field: str, right: Any) -> dict[str, Any]:
    return {"op": "==", "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}


SOURCE = payload("ip", "saddr", {"prefix": {"addr": "10.0.1.0", "len": 24}})
DECLARED = rule("input", SOURCE, payload("tcp", "dport", 22))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([DECLARED], Verdict.PASS),
        ([], Verdict.FAIL),
        ([DECLARED, rule("input", payload("tcp", "dport", 8088))], Verdict.FAIL),
        ([DECLARED, rule("input")], Verdict.FAIL),
        ([rule("input", SOURCE, payload("tcp", "dport", {"range": [22, 23]}))], Verdict.FAIL),
        ([DECLARED, rule("output", payload("udp", "dport", 53))], Verdict.FAIL),
        ([DECLARED, rule("input", payload("tcp", "sport", 67), payload("tcp", "dport", 68))], Verdict.FAIL),
        ([DECLARED, rule("input", payload("udp", "sport", 67), payload("udp", "dport", 68))], Verdict.PASS),
        ([DECLARED, rule("input", payload("tcp", "dport", 9), action="drop")], Verdict.PASS),
        ([DECLARED, rule("input", action="jump")], Verdict.FAIL),
    ],
)
def test_accepts_are_the_flow_table(rules: list[dict[str, Any]], expected: Verdict) -> None:
    assert verdict("SOC-NFT-05", "nftables", [chain("input"), chain("output"), *rules]) is expected


def test_an_accepting_or_absent_policy_fails() -> None:
    assert verdict("SOC-NFT-01", "nftables", [chain("input")]) is Verdict.PASS
    assert verdict("SOC-NFT-01", "nftables", [chain("input", "accept")]) is Verdict.FAIL
    assert verdict("SOC-NFT-01", "nftables", []) is Verdict.FAIL


def test_a_later_sudo_default_wins_and_an_account_has_its_own() -> None:
    listed: list[dict[str, Any]] = [
        {"Binding": [{"username": "automation"}], "Options": [{"use_pty": False}]},
        {"Options": [{"use_pty": False}, {"umask": "0077"}]},
        {"Options": [{"use_pty": True}]},
    ]
    assert effective_defaults({"Defaults": listed}, "root") == {"use_pty": "true", "umask": "0077"}
    assert effective_defaults({"Defaults": listed}, "automation")["use_pty"] == "false"


def sudo_policy(account: str, **options: bool) -> dict[str, Any]:
    commands = {"Commands": [{"command": "ALL"}], "Options": [options]}
    return {"User_Specs": [{"User_List": [{"username": account}], "Cmnd_Specs": [commands]}]}


def test_the_waiver_excuses_its_accounts_alone_and_ends() -> None:
    late = waivers()[0].expiry.replace(year=waivers()[0].expiry.year + 1)
    assert verdict("SOC-SUDO-03", "sudo", sudo_policy("automation")) is Verdict.WAIVED
    assert verdict("SOC-SUDO-03", "sudo", sudo_policy("daemon")) is Verdict.FAIL
    assert verdict("SOC-SUDO-03", "sudo", sudo_policy("automation"), today=late) is Verdict.FAIL
    assert verdict("SOC-SUDO-03", "sudo", sudo_policy("root")) is Verdict.PASS


def test_passwordless_sudo_is_for_the_automation_account() -> None:
    assert verdict("SOC-SUDO-02", "sudo", sudo_policy("automation", authenticate=False)) is Verdict.PASS
    assert verdict("SOC-SUDO-02", "sudo", sudo_policy("nobody", authenticate=False)) is Verdict.FAIL


def test_pam_includes_are_walked() -> None:
    files = {
        "passwd": ["@include common-password"],
        "common-password": ["# comment", "password [success=1 default=ignore]\tpam_unix.so obscure yescrypt"],
    }
    stack = [("[success=1 default=ignore]", "pam_unix.so", ["obscure", "yescrypt"])]
    assert pam_stack(files, "passwd", "password") == stack
    assert verdict("SOC-PAM-03", "pam", files) is Verdict.PASS
    assert verdict("SOC-PAM-01", "pam", files) is Verdict.FAIL


def test_audit_rules_compare_by_meaning() -> None:
    watch = audit_rule("-w /etc/passwd -p wa -k identity")
    assert watch == audit_rule("-F key=identity -F perm=wa -F path=/etc/passwd")
    assert audit_rule("-a always,exit -S a,b") == audit_rule("-a always,exit -S b -S a")
    assert watch == audit_rule("-S open,chmod -F path=/etc/passwd -F perm=wa -F key=identity")
    assert audit_rule("-a always,exit -S a") != audit_rule("-a always,exit -S a,b")


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
