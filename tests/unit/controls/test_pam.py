"""The check of PAM, on the stacks that Debian and the role make and on what breaks them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from socle.records import Verdict
from tests.hosts.checks import State
from tests.hosts.checks.pam import pam_stack, walk
from tests.hosts.judge import judge
from tests.unit.controls.shared import HOST, by_id, verdict

COMMON = """auth requisite pam_faillock.so preauth silent deny=5 unlock_time=900 fail_interval=900
auth [success=2 default=ignore] pam_unix.so try_first_pass
auth [default=die] pam_faillock.so authfail deny=5 unlock_time=900 fail_interval=900
auth requisite pam_deny.so
auth required pam_permit.so"""
SU = "auth sufficient pam_rootok.so"
QUALITY = (
    "password requisite pam_pwquality.so retry=3 minlen=12 minclass=3 maxrepeat=3 enforce_for_root"
    " enforcing=1 dictcheck=1"
)
PASSWORD = f"""{QUALITY}
password [success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt
password requisite pam_deny.so
password required pam_permit.so"""


def test_pam_includes_are_walked() -> None:
    files = {
        "passwd": ["@include common-password"],
        "common-password": ["# comment", "password [success=1 default=ignore]\tpam_unix.so obscure yescrypt"],
    }
    stack = [("[success=1 default=ignore]", "pam_unix.so", ["obscure", "yescrypt"])]
    assert pam_stack(files, "passwd", "password") == stack
    assert verdict("SOC-PAM-03", "pam", files) is Verdict.PASS
    assert verdict("SOC-PAM-01", "pam", files) is Verdict.FAIL


def files(common: str, first: str = "") -> dict[str, list[str]]:
    with_first = [first, "auth optional pam_faildelay.so delay=3", "@include common-auth"]
    own = dict.fromkeys(("login", "sshd", "sudo"), with_first)
    return own | {"su": [SU, "@include common-auth"], "common-auth": common.splitlines()}


def test_the_stack_of_the_role_holds() -> None:
    assert verdict("SOC-PAM-02", "pam", files(COMMON)) is Verdict.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "auth requisite pam_faillock.so preauth",
            "auth sufficient pam_permit.so\nauth requisite pam_faillock.so preauth",
        ),
        ("auth requisite pam_faillock.so preauth", "#"),
        ("auth requisite pam_faillock.so preauth", "auth optional pam_faillock.so preauth"),
        ("pam_unix.so try_first_pass", "pam_unix.so nullok try_first_pass"),
        ("auth [default=die]", "auth sufficient pam_sss.so\nauth [default=die]"),
        ("[success=2 default=ignore]", "[success=2 default=2]"),
        ("[success=2 default=ignore]", "[success=2 default=1]"),
        ("authfail deny=5", "authfail deny=5 deny=500"),
        ("preauth silent deny=5", "preauth silent deny=500"),
        ("authfail", "authfail dir=/tmp/tally"),
        ("auth [default=die] pam_faillock.so authfail", "auth [default=ignore] pam_faillock.so authfail"),
    ],
)
def test_a_stack_that_lets_a_guess_in_fails(old: str, new: str) -> None:
    assert old in COMMON
    assert verdict("SOC-PAM-02", "pam", files(COMMON.replace(old, new, 1))) is Verdict.FAIL


def test_every_service_that_asks_for_a_password_is_looked_at() -> None:
    for service in ("login", "sshd", "su", "sudo"):
        broken = files(COMMON)
        broken[service] = ["auth [success=done default=ignore] \\", "  pam_permit.so", *broken[service]]
        assert verdict("SOC-PAM-02", "pam", broken) is Verdict.FAIL, service


def test_a_substack_proves_nothing() -> None:
    assert verdict("SOC-PAM-02", "pam", files(COMMON, "auth substack other")) is Verdict.UNPROVEN


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", Verdict.PASS),
        ("password requisite pam_pw", "password [default=ignore] pam_pw", Verdict.FAIL),
        (QUALITY, f"password sufficient pam_unix.so yescrypt\n{QUALITY}", Verdict.FAIL),
        ("minlen=12", "minlen=12 minlen=4", Verdict.FAIL),
        ("enforcing=1", "enforcing=0", Verdict.FAIL),
        ("dictcheck=1", "dictcheck=1 dictpath=/dev/null", Verdict.FAIL),
    ],
)
def test_a_weak_password_is_not_stored(old: str, new: str, expected: Verdict) -> None:
    lines = PASSWORD.replace(old, new, 1).splitlines()
    assert verdict("SOC-PAM-01", "pam", {"passwd": lines}) is expected


def test_one_line_with_another_hash_fails() -> None:
    assert verdict("SOC-PAM-03", "pam", {"passwd": PASSWORD.splitlines()}) is Verdict.PASS
    for line in ("password sufficient pam_unix.so md5", "password optional pam_unix.so yescrypt md5"):
        assert verdict("SOC-PAM-03", "pam", {"passwd": [line, *PASSWORD.splitlines()]}) is Verdict.FAIL


def test_a_jump_beyond_the_end_and_an_empty_stack_refuse() -> None:
    assert walk([("[success=3]", "pam_unix.so", [])], lambda _line: "success")[0] is False
    assert walk([], lambda _line: "success")[0] is False
    assert walk([("required", "pam_unix.so", [])], lambda _line: "success")[0] is True


SESSION = ["session required pam_namespace.so mount_private"]
APART: dict[str, Any] = {
    "system": ["1:1", "2:1"],
    "sessions": {"automation": ["1:1", "2:1"], "nobody": ["1:3", "2:3"], "ada": ["1:4", "2:4"]},
    "services": {"chrony.service": ["1:5", "2:5"]},
}


def apart(pam: dict[str, list[str]] | None = None, **changed: dict[str, list[str]]) -> Verdict:
    stacks = dict.fromkeys(("sshd", "login", "su", "sudo"), SESSION) | (pam or {})
    found: dict[str, Any] = {key: dict(APART[key]) | changed.get(key, {}) for key in ("sessions", "services")}
    sections = {"private_tmp": {"value": {**APART, **found}}, "pam": {"value": stacks}}
    return judge(by_id("SOC-TMP-01"), replace(HOST, people=("ada",)), State(sections)).verdict


def test_each_account_and_service_has_its_own_temporary_directories() -> None:
    assert apart() is Verdict.PASS
    assert apart(sessions={"ada": ["1:1", "2:4"]}) is Verdict.FAIL  # /tmp is the system's, /var/tmp her own
    assert apart(sessions={"ada": ["1:3", "2:4"]}) is Verdict.FAIL  # nobody's
    assert apart(services={"chrony.service": ["1:1", "2:1"]}) is Verdict.FAIL
    # What automation mounts would not be there for the host.
    assert apart(sessions={"automation": ["1:6", "2:6"]}) is Verdict.FAIL


def test_every_kind_of_login_asks_for_them() -> None:
    for service in ("sshd", "login", "su", "sudo"):
        assert apart({service: []}) is Verdict.FAIL, service
        assert apart({service: ["session optional pam_namespace.so"]}) is Verdict.FAIL, service


def test_a_person_whose_session_was_not_looked_at_proves_nothing() -> None:
    found = {**APART, "sessions": {"nobody": ["1:3", "2:3"]}}
    sections: dict[str, Any] = {"private_tmp": {"value": found}, "pam": {"value": {}}}
    host = replace(HOST, people=("ada",))
    assert judge(by_id("SOC-TMP-01"), host, State(sections)).verdict is Verdict.UNPROVEN
