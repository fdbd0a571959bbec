"""Waivers: whom they cover and until when, and that one which nothing needs any more is a finding."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from datetime import timedelta

import pytest

from infra.specification import load, load_spaces
from infra.stackfile import environment_of, stacks_said
from socle.records import Verdict
from tests.hosts.catalogue import Waiver, waivers
from tests.hosts.checks import Host, State
from tests.hosts.excused import judge_waiver
from tests.hosts.judge import judge
from tests.unit.controls.shared import HOST, TODAY, by_id

CONTROL = "SOC-SUDO-03"
AGE = timedelta(days=1)


def rule(who: str) -> dict[str, object]:
    user = {"usergroup": who[1:]} if who.startswith("%") else {"username": who}
    commands = {"runasusers": [{"username": "ALL"}], "Commands": [{"command": "ALL"}]}
    return {"User_List": [user], "Host_List": [{"hostname": "ALL"}], "Cmnd_Specs": [commands]}


def state(*who: str) -> State:
    return State({"sudo": {"value": {"User_Specs": [rule(name) for name in who]}}})


def waiver(**changed: object) -> Waiver:
    found = next(one for one in waivers() if one.control == CONTROL)
    return found.model_copy(update=changed)


def test_a_waiver_excuses_its_accounts_until_its_last_day_and_nobody_else() -> None:
    control, last = by_id(CONTROL), waiver().expiry
    assert judge(control, HOST, state("automation"), today=TODAY).verdict is Verdict.WAIVED
    assert judge(control, HOST, state("automation", "daemon"), today=TODAY).verdict is Verdict.FAIL
    ended = judge(control, HOST, state("automation"), today=last + AGE)
    assert ended.verdict is Verdict.FAIL
    assert ended.fix == f"its waiver ended on {last}: enforce the control, or have it approved anew"


def test_one_that_every_account_needs_somewhere_holds() -> None:
    other = replace(HOST, name="i")
    found: dict[str, Host | str] = {"h": HOST, "i": other}
    record = judge_waiver(waiver(), found, {"h": state("automation"), "i": state("%sudo")})
    assert record.verdict is Verdict.PASS


@pytest.mark.parametrize("who", [("automation",), ("%sudo",), ()])
def test_an_account_that_needs_none_is_a_finding_that_names_it(who: tuple[str, ...]) -> None:
    record = judge_waiver(waiver(), {"h": HOST}, {"h": state(*who)})
    assert record.verdict is Verdict.FAIL
    assert record.observed
    assert all(name in record.observed for name in {"automation", "%sudo"} - set(who))
    assert record.target == "controls/waivers.yaml"


def test_a_host_that_was_not_read_leaves_it_unproven_unless_others_need_it() -> None:
    silent = State(unreadable="i: exit 255: timed out")
    found: dict[str, Host | str] = {"h": HOST, "i": replace(HOST, name="i")}
    unsure = judge_waiver(waiver(), found, {"h": state("automation"), "i": silent})
    assert unsure.verdict is Verdict.UNPROVEN
    assert "timed out" in unsure.evidence
    assert judge_waiver(waiver(), {"h": "no such server"}, {}).verdict is Verdict.UNPROVEN
    sure = judge_waiver(waiver(), found, {"h": state("automation", "%sudo"), "i": silent})
    assert sure.verdict is Verdict.PASS


def test_one_for_hosts_of_another_environment_is_not_judged_here() -> None:
    elsewhere = waiver(hosts=("production-bastion",))
    record = judge_waiver(elsewhere, {"h": HOST}, {"h": state("automation")})
    assert record.verdict is Verdict.NOT_APPLICABLE


def test_hosts_that_waivers_name_are_declared_by_some_stack() -> None:
    declared = {"all"}
    for stack, _ in stacks_said("platform"):
        declared |= {host.name for host in load(stack).plan.hosts}
        declared |= {host.name for space in load_spaces(environment_of(stack)) for host in space.plan.hosts}
    assert "local-bastion" in declared
    for pattern in {host for one in waivers() for host in one.hosts}:
        assert fnmatch.filter(declared, pattern), pattern


def test_one_for_an_environment_covers_its_hosts_and_no_other() -> None:
    here = waiver(hosts=("local-*",))
    assert here.names("local-alpha-desk")
    assert not here.names("production-bastion")
