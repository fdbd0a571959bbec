"""What sshd is asked, and that one other answer for one user or source is enough to fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from socle.records import Verdict
from tests.hosts.collector import access
from tests.hosts.remote import ssh_sources
from tests.unit.controls.shared import HOST, by_id, verdict

NOTICE = "\n".join(by_id("SOC-BAN-01").parameters["lines"])
REQUEST = {"account": "automation", "sources": ["10.0.1.0/24", "10.0.9.7/32"]}


def answer(*asked: str, **changed: str) -> dict[str, Any]:
    wanted = {k.lower(): v for k, v in by_id("SOC-SSH-01").parameters["options"].items()} | changed
    return {"asked": list(asked), "options": {k: [v] for k, v in wanted.items()}, "banner": NOTICE}


@pytest.mark.parametrize("option", ["permitrootlogin", "passwordauthentication"])
def test_one_other_answer_fails(option: str) -> None:
    usual = answer("automation", "nobody")
    assert verdict("SOC-SSH-01", "sshd", [usual]) is Verdict.PASS
    assert verdict("SOC-SSH-01", "sshd", [usual, answer("root", **{option: "yes"})]) is Verdict.FAIL
    assert verdict("SOC-SSH-01", "sshd", []) is Verdict.UNPROVEN


def test_everybody_is_shown_the_notice() -> None:
    assert verdict("SOC-BAN-01", "sshd", [answer("automation")]) is Verdict.PASS
    assert (
        verdict("SOC-BAN-01", "sshd", [answer("automation"), answer("root") | {"banner": ""}]) is Verdict.FAIL
    )


def test_an_account_let_in_for_one_source_fails() -> None:
    usual, matched = (
        answer("automation", allowusers="automation"),
        answer("root", allowusers="automation root"),
    )
    assert verdict("SOC-SSH-04", "sshd", [usual]) is Verdict.PASS
    assert verdict("SOC-SSH-04", "sshd", [usual, matched]) is Verdict.FAIL


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ssh/sshd_config.d").mkdir(parents=True)
    (tmp_path / "ssh/sshd_config").write_text("Include /etc/ssh/sshd_config.d/*.conf\nMatcher no\n")
    monkeypatch.setattr(access, "ETC", tmp_path)
    monkeypatch.setattr(access, "run", lambda *_argv, **_options: "10.0.2.4 \n")
    return tmp_path


@pytest.mark.usefixtures("etc")
def test_three_users_are_asked_about_from_loopback_and_each_network() -> None:
    asked = access.sshd_questions(REQUEST)
    assert len(asked) == 9
    for user in ("automation", "root", "socle-undeclared,invalid-user"):
        assert f"user={user},host=127.0.0.1,addr=127.0.0.1,laddr=127.0.0.1,lport=22" in asked
        assert f"user={user},host=10.0.1.1,addr=10.0.1.1,laddr=10.0.2.4,lport=22" in asked
        assert f"user={user},host=10.0.9.7,addr=10.0.9.7,laddr=10.0.2.4,lport=22" in asked


def test_a_match_widens_what_is_asked(etc: Path) -> None:
    (etc / "ssh/sshd_config.d/x.conf").write_text("match user daemon address 192.0.2.0/24,!192.0.3.9\n")
    asked = access.sshd_questions(REQUEST)
    for source in ("127.0.0.1", "10.0.1.1", "192.0.2.1", "192.0.3.9"):
        assert any(q.startswith(f"user=daemon,host={source},") for q in asked)


def test_a_match_of_users_alone_asks_about_those_and_nobody_else(etc: Path) -> None:
    (etc / "ssh/sshd_config.d/x.conf").write_text("Match User jump,ada\n")
    users = {q.partition(",host=")[0].removeprefix("user=") for q in access.sshd_questions(REQUEST)}
    assert users == {"automation", "root", "socle-undeclared,invalid-user", "jump", "ada"}


def test_an_account_may_be_named_to_get_another_answer() -> None:
    wanted = {k.lower(): v for k, v in by_id("SOC-SSH-03").parameters["options"].items()}

    def said(user: str, **changed: str) -> dict[str, Any]:
        options = {k: [v] for k, v in (wanted | changed).items()}
        return {"asked": [f"user={user},host=x"], "options": options, "banner": NOTICE}

    assert verdict("SOC-SSH-03", "sshd", [said("root"), said("jump", maxsessions="0")]) is Verdict.PASS
    assert verdict("SOC-SSH-03", "sshd", [said("root", maxsessions="0")]) is Verdict.FAIL
    assert verdict("SOC-SSH-03", "sshd", [said("jump")]) is Verdict.FAIL


@pytest.mark.parametrize(
    "line",
    [
        "sshd: /usr/sbin/sshd -D -o PermitRootLogin=yes [listener] 0 of 10-60 startups\0",
        "/usr/sbin/sshd\0-D\0-o\0PermitRootLogin=yes\0",
    ],
)
def test_options_of_the_running_daemon_are_asked_about_too(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "main_pid", lambda _unit: "7")
    monkeypatch.setattr(Path, "read_text", lambda _path: line)
    assert access.sshd_arguments() == ["-D", "-o", "PermitRootLogin=yes"]


def test_the_flow_table_says_from_where_sshd_is_asked() -> None:
    assert ssh_sources(HOST) == ["10.0.1.0/24"]
