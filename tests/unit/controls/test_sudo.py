"""The checks of sudo's policy, on JSON as cvtsudoers writes it: no kind of user or binding slips through."""

from __future__ import annotations

from typing import Any

import pytest

from socle.records import Verdict
from tests.hosts.catalogue import waivers
from tests.hosts.checks.sudo import effective_defaults
from tests.unit.controls.shared import by_id, verdict


def test_a_later_sudo_default_wins_and_an_account_has_its_own() -> None:
    listed: list[dict[str, Any]] = [
        {"Binding": [{"username": "automation"}], "Options": [{"use_pty": False}]},
        {"Options": [{"use_pty": False}, {"umask": "0077"}]},
        {"Options": [{"use_pty": True}]},
    ]
    assert effective_defaults({"Defaults": listed}, "root") == {"use_pty": "true", "umask": "0077"}
    assert effective_defaults({"Defaults": listed}, "automation")["use_pty"] == "false"


def sudo_policy(account: str, kind: str = "username", **options: bool) -> dict[str, Any]:
    commands = {"Commands": [{"command": "ALL"}], "Options": [options]}
    return {"User_Specs": [{"User_List": [{kind: account}], "Cmnd_Specs": [commands]}]}


def test_the_waiver_excuses_its_accounts_alone_and_ends() -> None:
    late = waivers()[0].expiry.replace(year=waivers()[0].expiry.year + 1)
    assert verdict("SOC-SUDO-03", "sudo", sudo_policy("automation")) is Verdict.WAIVED
    assert verdict("SOC-SUDO-03", "sudo", sudo_policy("daemon")) is Verdict.FAIL
    assert verdict("SOC-SUDO-03", "sudo", sudo_policy("automation"), today=late) is Verdict.FAIL
    assert verdict("SOC-SUDO-03", "sudo", sudo_policy("root")) is Verdict.PASS


def test_passwordless_sudo_is_for_the_automation_account() -> None:
    assert verdict("SOC-SUDO-02", "sudo", sudo_policy("automation", authenticate=False)) is Verdict.PASS
    assert verdict("SOC-SUDO-02", "sudo", sudo_policy("nobody", authenticate=False)) is Verdict.FAIL


KINDS = ("usergid", "userid", "netgroup", "nonunixgroup", "nonunixgid", "a kind of tomorrow")


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_user_may_do_everything_without_password(kind: str) -> None:
    policy = sudo_policy("automation", kind, authenticate=False)
    assert verdict("SOC-SUDO-02", "sudo", policy) is Verdict.FAIL
    assert verdict("SOC-SUDO-03", "sudo", policy) is Verdict.FAIL


def test_a_negated_user_is_given_nothing() -> None:
    policy = sudo_policy("automation", authenticate=False)
    policy["User_Specs"][0]["User_List"].append({"username": "nobody", "negated": True})
    assert verdict("SOC-SUDO-02", "sudo", policy) is Verdict.PASS


def bound(option: dict[str, Any], *binding: dict[str, Any]) -> dict[str, Any]:
    return {"Binding": list(binding), "Options": [option]} if binding else {"Options": [option]}


@pytest.mark.parametrize(
    "entry",
    [
        bound({"authenticate": False}),
        bound({"authenticate": False}, {"username": "automation"}),
        bound({"authenticate": False}, {"command": "/usr/bin/id"}),
        bound({"authenticate": False}, {"hostname": "ALL"}),
        bound({"exempt_group": "games"}),
        bound({"timestamp_timeout": "-1"}),
        bound({"mail_badpass": True}, {"a kind of tomorrow": "x"}),
    ],
    ids=str,
)
def test_defaults_that_spare_the_password_fail(entry: dict[str, Any]) -> None:
    assert verdict("SOC-SUDO-02", "sudo", {"Defaults": [bound({"authenticate": True})]}) is Verdict.PASS
    assert verdict("SOC-SUDO-02", "sudo", {"Defaults": [entry]}) is Verdict.FAIL


WANTED = [bound({k: v}) for k, v in by_id("SOC-SUDO-01").parameters["defaults"].items()]
EXCEPTION = {"Binding": [{"username": "automation"}], "Options": [{"requiretty": False}, {"noexec": False}]}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("username", "root"),  # Defaults:root and Defaults>root
        ("usergroup", "sudo"),
        ("usergid", 27),
        ("netgroup", "ng"),
        ("hostname", "ALL"),
        ("networkaddr", "10.0.0.0/8"),
        ("command", "/usr/bin/id"),
        ("username", "automation"),
        ("a kind of tomorrow", "x"),
    ],
)
def test_a_bound_default_that_takes_one_back_fails(kind: str, value: object) -> None:
    assert verdict("SOC-SUDO-01", "sudo", {"Defaults": [*WANTED, EXCEPTION]}) is Verdict.PASS
    weak = bound({"use_pty": False}, {kind: value})
    assert verdict("SOC-SUDO-01", "sudo", {"Defaults": [*WANTED, EXCEPTION, weak]}) is Verdict.FAIL


def test_a_tag_that_takes_a_default_back_fails() -> None:
    policy = {"Defaults": [*WANTED, EXCEPTION]} | sudo_policy("daemon", noexec=False)
    assert verdict("SOC-SUDO-01", "sudo", policy) is Verdict.FAIL


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ({"runasusers": [{"username": "games"}], "Commands": [{"command": "/usr/bin/id -u"}]}, Verdict.PASS),
        ({"runasusers": [{"username": ""}], "Commands": [{"command": "/usr/bin/id -u"}]}, Verdict.PASS),
        ({"Commands": [{"command": "/usr/bin/id -u"}]}, Verdict.FAIL),
        ({"runasusers": [{"userid": 0}], "Commands": [{"command": "/usr/bin/id -u"}]}, Verdict.FAIL),
        ({"runasusers": [{"username": "ALL"}], "Commands": [{"command": "/usr/bin/id -u"}]}, Verdict.FAIL),
        ({"runasusers": [{"other": "x"}], "Commands": [{"command": "/usr/bin/id -u"}]}, Verdict.FAIL),
        ({"runasusers": [{"username": "games"}], "Commands": [{"command": "/usr/bin/id"}]}, Verdict.FAIL),
        ({"runasusers": [{"username": "games"}], "Commands": [{"command": "/usr/bin/id *"}]}, Verdict.FAIL),
        ({"runasusers": [{"username": "games"}], "Commands": [{"command": "^/bin/id .?$"}]}, Verdict.FAIL),
        ({"runasusers": [{"username": "games"}], "Commands": [{"cmndalias": "ANY"}]}, Verdict.FAIL),
    ],
)
def test_a_rule_names_command_arguments_and_target(commands: dict[str, Any], expected: Verdict) -> None:
    policy = {"User_Specs": [{"User_List": [{"username": "daemon"}], "Cmnd_Specs": [commands]}]}
    assert verdict("SOC-SUDO-03", "sudo", policy) is expected
