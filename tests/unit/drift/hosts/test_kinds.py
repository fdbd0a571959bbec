"""What counts as declared: of packages, versions, people, sockets, rules, mounts; and how much a finding
matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from socle.drift import judge
from socle.drift.allowed import Allowed, Entry
from socle.drift.compare import State
from socle.drift.hosts import report
from socle.drift.hosts.compare import findings
from socle.drift.hosts.facts import Answers
from socle.drift.hosts.software import needed
from socle.records import Severity, Verdict
from tests.unit.drift.hosts.guest import TODAY, facts, found, sections

PERSON = {"name": "ada", "uid": "1001", "gid": "1001", "home": "/home/ada", "shell": "/usr/lib/socle/record"}


def package(needs: str = "", provides: str = "") -> dict[str, str]:
    return {"version": "1", "needs": needs, "provides": provides}


def test_what_a_declared_package_needs_is_declared_too() -> None:
    there = {
        "haproxy": package("libc6 (>= 2.3), liblua5.4-0:amd64 (>= 5.4) | liblua"),
        "libc6": package(),
        "liblua5.4-0": package("libm"),
        "maths": package(provides="libm (= 1)"),
        "nmap": package("libc6"),
    }
    assert needed({"haproxy"}, there) == {"haproxy", "libc6", "liblua5.4-0", "maths"}


def test_a_package_that_offers_itself_for_a_need_that_is_met_is_not_needed() -> None:
    there = {
        "cron": package("exim | mail-agent"),
        "exim": package(provides="mail-agent"),
        "rogue": package(provides="mail-agent"),
    }
    assert needed({"cron"}, there) == {"cron", "exim"}
    there["cron"] = package("rogue | exim")
    assert needed({"cron", "exim"}, there) == {"cron", "exim"}


@pytest.mark.parametrize(("listed", "finds"), [([], ["version"]), (["9:9"], []), (["1.0"], ["version"])])
def test_another_version_is_good_when_the_archives_list_it(listed: list[str], finds: list[str]) -> None:
    said = sections()
    said["dpkg"]["packages"]["sudo"]["version"] = "9:9"
    said["dpkg"]["listed"] = {"sudo": listed}
    assert [one.field for one in found(said)] == finds


def test_a_package_that_went_is_missing_and_one_that_controls_forbid_is_not() -> None:
    said = sections()
    del said["dpkg"]["packages"]["auditd"]
    assert [(one.state, one.name) for one in found(said)] == [(State.MISSING, "auditd")]


def with_people(*people: str) -> Any:
    return facts(host={**facts().host, "people": list(people)})


def test_a_named_person_has_an_account_and_a_group_and_nobody_else_of_that_name() -> None:
    said = sections()
    said["standing"]["accounts"].append(PERSON)
    said["accounts"].append({"name": "ada", "uid": 1001, "shell": PERSON["shell"], "password": "locked"})
    said["standing"]["groups"] += [
        {"name": "ada", "gid": "1001", "members": []},
        {"name": "socle-people", "gid": "980", "members": ["ada"]},
    ]
    said["standing"]["groups"] = [
        one for one in said["standing"]["groups"] if one["name"] != "socle-people" or one["members"]
    ]
    known = with_people("ada")
    assert [one for one in found(said, known) if one.kind in ("host account", "host group")] == []
    # She left, and nobody closed her account.
    assert {one.name for one in found(said)} >= {"ada"}
    said["standing"]["accounts"][-1] = {**PERSON, "shell": "/usr/sbin/nologin"}
    assert [one for one in found(said) if one.kind == "host account"] == []


def test_a_program_that_only_bears_the_name_is_not_the_declared_one() -> None:
    said = sections()
    ssh = next(one for one in said["sockets"] if one["port"] == "22")
    ssh["file"] = "/opt/sshd"
    (one,) = found(said)
    assert (one.kind, one.field, one.observed) == ("host listener", "program", "sshd /opt/sshd")


def test_a_declared_service_that_does_not_listen_is_missing() -> None:
    said = sections()
    said["sockets"] = [one for one in said["sockets"] if one["port"] != "22"]
    assert [(one.state, one.name) for one in found(said)] == [(State.MISSING, "tcp 0.0.0.0:22")]


def test_rules_in_another_order_are_not_the_file_s() -> None:
    said = sections()
    rules = [number for number, one in enumerate(said["ruleset"]["loaded"]) if "rule" in one]
    loaded = said["ruleset"]["loaded"]
    loaded[rules[0]], loaded[rules[3]] = loaded[rules[3]], loaded[rules[0]]
    (one,) = found(said)
    assert (one.state, one.field) == (State.CHANGED, "place")


def test_counters_and_handles_are_no_difference() -> None:
    said = sections()
    for entry in said["ruleset"]["loaded"]:
        for body in entry.values():
            if "handle" in body:
                body["handle"] += 1000
            for part in body.get("expr", []):
                if isinstance(part.get("counter"), dict):
                    part["counter"]["packets"] += 5
    assert found(said) == []


@pytest.mark.parametrize(
    ("target", "source", "kind"),
    [
        ("/proc/1", "tmpfs", "tmpfs"),
        ("/run/lock", "/dev/vda3[/opt]", "ext4"),
        ("/srv/data", "/dev/vdb", "ext4"),
        ("/dev/shm", "tmpfs", "tmpfs"),  # noqa: S108 - looked at
    ],
)
def test_a_mount_at_a_place_of_the_kernels_that_is_not_the_kernels(
    target: str, source: str, kind: str
) -> None:
    said = sections()
    said["mounted"]["mounts"].append({"target": target, "source": source, "fstype": kind})
    assert [one.kind for one in found(said)] == ["host mount"]


def test_health_data_is_one_step_higher() -> None:
    said = sections()
    said["standing"]["files"]["cron"]["/etc/cron.d/x"] = {"content": "a", "owner": "0:0", "mode": "0644"}
    (one,) = found(said)
    assert report.severity(one, health=False) is Severity.HIGH
    assert report.severity(one, health=True) is Severity.CRITICAL


def entry(**said: Any) -> Entry:
    whole: dict[str, Any] = {
        "environments": ("local",),
        "state": "unmanaged",
        "kind": "host cron entry",
        "thing": "local-bastion:/etc/cron.d/x",
        "reason": "somebody tries something out",
        "owner": "platform engineering",
        "approver": "security officer",
        "granted": TODAY,
        "expiry": TODAY + timedelta(days=9),
    }
    return Entry(**{**whole, **said})


def test_an_allowed_thing_is_waived_and_an_entry_that_matches_nothing_is_told() -> None:
    said = sections()
    said["standing"]["files"]["cron"]["/etc/cron.d/x"] = {"content": "a", "owner": "0:0", "mode": "0644"}
    table = Allowed(
        "stacks/drift.yaml", ((3, entry()), (9, entry(thing="other:*")), (20, entry(kind="port")))
    )
    listed = list(findings(facts(), Answers({name: {"value": it} for name, it in said.items()})))
    whole = report.records("local-bastion", listed, table, TODAY, health=False)
    assert [one.verdict for one in whole if one.verdict is not Verdict.PASS] == [Verdict.WAIVED]
    idle = list(judge.entries_that_idle(table.of(hosts=True), listed, TODAY))
    assert [one.target for one in idle] == ["stacks/drift.yaml:9"]
    assert [line for line, _ in table.of(hosts=False).entries] == [20]


def test_an_authority_that_nobody_made_is_a_stranger() -> None:
    said = sections()
    said["keys"]["authorities"] = [{"file": "/etc/ssh/socle/people.pub", "key": facts().key, "options": ""}]
    (one,) = found(said, replace(facts(), authority=""))
    assert (one.state, one.kind) == (State.UNMANAGED, "host key")


def test_a_command_that_gives_sshd_keys_is_a_stranger() -> None:
    said = sections()
    said["keys"]["commands"] = ["/opt/keys %u"]
    (one,) = found(said)
    assert one.name == "command /opt/keys %u"
