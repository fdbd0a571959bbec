"""Answers of a host that somebody else holds: no name steers a report, no flood buries it, no gap is a
pass."""

from __future__ import annotations

from typing import Any

import pytest

from socle.drift.compare import State
from socle.drift.hosts.compare import KINDS, MOST, findings
from socle.drift.hosts.facts import LONGEST, Answers
from socle.drift.plan import plan
from socle.records import RecordSet, Verdict
from tests.unit.drift.hosts.guest import facts, failed, found, sections, told

FILE = {"content": "sha256:aa", "owner": "0:0", "mode": "0644"}
EVIL = "/etc/cron.d/a\n\x1b[2Jpass everything\x07\u202e; rm -rf $(id)"


def test_a_name_with_escapes_and_newlines_is_one_line_of_visible_characters() -> None:
    said = sections()
    said["standing"]["files"]["cron"][EVIL] = {**FILE, "content": "-> \x1b]0;x\x07"}
    (record,) = [one for one in told(said) if one.verdict is Verdict.FAIL]
    shown = f"{record.target} {record.evidence} {record.fix}"
    assert shown.isprintable()
    assert r"\n\x1b[2Jpass" in record.target
    assert record.fix is not None
    assert record.fix.startswith("look by hand: socle hosts ssh local-bastion")
    commands = [line for line in plan(RecordSet.of([record])).splitlines() if not line.startswith("#")]
    assert "rm -rf" not in "\n".join(commands)


def test_two_long_names_that_begin_alike_are_two_things() -> None:
    said = sections()
    for end in ("one", "two"):
        said["standing"]["files"]["cron"]["/etc/cron.d/" + "a" * 2 * LONGEST + end] = FILE
    assert len({target for _, target in failed(said)}) == 2


def test_a_long_rule_that_differs_at_its_end_is_not_the_file_s() -> None:
    said = sections()
    rule = next(
        one["rule"] for one in said["ruleset"]["loaded"] if len(str(one.get("rule", ""))) > 2 * LONGEST
    )
    rule["comment"] = str(rule.get("comment", "")) + "x"
    states = sorted(one.state for one in found(said))
    assert states == [State.MISSING, State.UNMANAGED]


def test_a_flood_is_told_in_part_and_counted() -> None:
    said = sections()
    said["standing"]["files"]["cron"] |= {f"/etc/cron.d/{number}": FILE for number in range(3000)}
    told_of = [one for one in found(said) if one.kind == "host cron entry"]
    assert len(told_of) == MOST + 1
    assert (told_of[-1].state, told_of[-1].name) == (State.UNMANAGED, "2900 more")


def test_a_host_that_is_off_is_unproven_in_every_kind_and_in_sync_in_none() -> None:
    listed = list(findings(facts(), Answers(unreadable="local-bastion: no route to host")))
    assert {one.kind for one in listed} == set(KINDS)
    assert {one.state for one in listed} == {State.UNPROVEN}
    assert all("no route to host" in one.why for one in listed)


@pytest.mark.parametrize(
    ("section", "kinds"),
    [
        ("sockets", {"host listener"}),
        ("keys", {"host key"}),
        ("ruleset", {"host firewall rule"}),
        ("mounted", {"host mount"}),
        ("accounts", {"host account", "host group"}),
    ],
)
def test_a_section_that_failed_leaves_its_own_kinds_unproven(section: str, kinds: set[str]) -> None:
    whole: dict[str, Any] = {name: {"value": value} for name, value in sections().items()}
    whole[section] = {"error": "OSError: exit 1"}
    listed = [one for one in findings(facts(), Answers(whole)) if one.state is not State.IN_SYNC]
    assert {one.kind for one in listed} == kinds
    assert {one.state for one in listed} == {State.UNPROVEN}


@pytest.mark.parametrize("value", [None, [], {}, "x", {"files": []}, [[]], 7])
@pytest.mark.parametrize("section", ["standing", "dpkg", "keys", "sockets", "ruleset", "mounted", "accounts"])
def test_an_answer_of_another_shape_never_passes_for_whole(section: str, value: Any) -> None:
    said = sections() | {section: value}
    assert found(said), "what is no answer was taken for one"


def test_without_the_image_only_what_does_not_need_it_is_judged() -> None:
    kinds = {one.kind: one.state for one in found(sections(), facts(image="the folder is gone"))}
    assert set(kinds.values()) == {State.UNPROVEN}
    assert kinds.keys() == set(KINDS) - {
        "host listener",
        "host key",
        "host firewall rule",
        "host mount",
    }


def test_without_ansible_files_are_unproven_and_packages_are_judged() -> None:
    kinds = {one.kind: one.state for one in found(sections(), facts(rendered="no answer"))}
    assert set(kinds.values()) == {State.UNPROVEN}
    assert kinds.keys() == {
        *("host unit", "host timer", "host cron entry", "host sudoers file", "host start file")
    }


def test_a_file_that_could_not_be_rendered_is_unproven_alone() -> None:
    rendered = dict(facts().rendered)  # type: ignore[arg-type]
    rendered["/etc/sudoers.d/10-socle"] = {"error": "'x' is undefined"}
    (one,) = found(sections(), facts(rendered=rendered))
    assert (one.state, one.kind, one.name) == (
        State.UNPROVEN,
        "host sudoers file",
        "/etc/sudoers.d/10-socle",
    )
