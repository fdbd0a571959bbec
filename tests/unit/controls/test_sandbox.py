"""The check of cages: score and running process; a waiver excuses the score that it names, no worse one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from socle.paths import ROOT
from socle.records import Verdict
from tests.hosts.catalogue import controls, requested_boxes, waivers
from tests.hosts.checks import Host
from tests.hosts.collector import sandbox
from tests.unit.controls.shared import HOST, by_id, verdict

BASTION = replace(HOST, conditions=("always", "bastion", "people"))
RESOLVER = replace(HOST, conditions=("always", "not_bastion", "resolver"))
CAGED = {"load": "loaded", "exposure": "2.3", "Seccomp": "2", "NoNewPrivs": "1"}
ACCEPTED = {
    one.accounts[0].split()[0]: one.accounts[0].split()[1] for one in waivers() if "BOX" in one.control
}


def dns(host: Host = RESOLVER, **changed: Any) -> Verdict:
    return verdict("SOC-BOX-02", "sandbox", {"unbound.service": {**CAGED, **changed}}, host)


def test_a_cage_holds_by_its_score_and_by_its_process() -> None:
    assert dns() is Verdict.PASS
    assert dns(exposure="2.5") is Verdict.PASS
    for broken in ({"exposure": "2.6"}, {"Seccomp": "0"}, {"NoNewPrivs": "0"}, {"load": "not-found"}):
        assert dns(**broken) is Verdict.FAIL, broken
    assert dns(exposure="much") is Verdict.UNPROVEN
    assert verdict("SOC-BOX-02", "other", {}, RESOLVER) is Verdict.UNPROVEN
    assert dns(host=HOST) is Verdict.NOT_APPLICABLE


def test_what_runs_on_demand_has_no_process_to_look_at() -> None:
    collector = replace(HOST, conditions=("always", "collector"))
    idle = {"socle-log-keep.service": {"load": "loaded", "exposure": "0.9"}}
    assert verdict("SOC-BOX-05", "sandbox", idle, collector) is Verdict.PASS


@pytest.mark.parametrize(
    ("control", "unit"), [("SOC-BOX-07", "ssh.service"), ("SOC-BOX-08", "socle-record@check.service")]
)
def test_a_waiver_excuses_the_accepted_score_and_no_worse_one(control: str, unit: str) -> None:
    accepted = {"load": "loaded", "exposure": ACCEPTED[unit]}
    assert verdict(control, "sandbox", {unit: accepted}, BASTION) is Verdict.WAIVED
    worse = accepted | {"exposure": f"{float(ACCEPTED[unit]) + 0.1:.1f}"}
    assert verdict(control, "sandbox", {unit: worse}, BASTION) is Verdict.FAIL
    assert verdict(control, "sandbox", {unit: accepted | {"exposure": "2.4"}}, BASTION) is Verdict.PASS


def test_a_host_is_asked_about_its_own_units_alone() -> None:
    assert requested_boxes(RESOLVER) == ["chrony.service", "unbound.service"]
    assert requested_boxes(BASTION) == ["chrony.service", "socle-record@check.service", "ssh.service"]


def test_the_collector_reads_score_and_process(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "show": "MainPID=1\nLoadState=loaded\n\nMainPID=0\nLoadState=not-found\n",
        "security": "→ Overall exposure level for unbound.service: 2.3 OK :-)\n",
    }
    asked = {"boxed": ["unbound.service", "gone.service"]}
    monkeypatch.setattr(sandbox, "run", lambda *argv, **_: said[argv[1]])
    found = sandbox.sandbox(asked)
    assert found["gone.service"] == {"load": "not-found"}
    assert found["unbound.service"]["exposure"] == "2.3"
    assert set(found["unbound.service"]) == {"load", "exposure", "Seccomp", "NoNewPrivs"}
    said["security"] = "Failed to connect to system scope bus\n"
    with pytest.raises(OSError, match=r"unbound\.service: Failed to connect"):
        sandbox.sandbox(asked)
    said["show"] = "MainPID=1\nLoadState=loaded\n"
    with pytest.raises(OSError, match="1 of 2 units"):
        sandbox.sandbox(asked)


def test_mutations_leave_the_roles_own_drop_ins_alone() -> None:
    boxed = [one for one in controls() if one.kind == "sandbox"]
    assert len(boxed) >= 8
    for one in boxed:
        assert "/run/systemd/system/" in one.mutation
        assert "/zz-box.conf" in one.rollback
        assert "/etc/" not in one.mutation
    assert by_id("SOC-BOX-03").applies_when == "always"
    assert (ROOT / "localcloud/image/files/etc/systemd/system/chrony.service.d/socle.conf").is_file()


def test_a_service_that_ends_between_the_questions_is_asked_about_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter(["999999999", "0"])

    def said(*words: str, **_: bool) -> str:
        if words[0] == "systemctl":
            return f"LoadState=loaded\nMainPID={next(answers)}\n"
        return "Overall exposure level for socle-log-keep.service: 0.9 SAFE"

    monkeypatch.setattr(sandbox, "run", said)
    request: Any = {"boxed": ["socle-log-keep.service"]}
    assert sandbox.sandbox(request) == {"socle-log-keep.service": {"load": "loaded", "exposure": "0.9"}}
    answers = iter(["999999999"] * sandbox.TRIES)
    with pytest.raises(FileNotFoundError):
        sandbox.sandbox(request)
