"""Exported stacks judged as one graph; and what is no good input, one line each."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from policies.run import whole
from policies.together import BAD_INPUT, FINDINGS, HOLDS, UNPROVEN, joined, main, settings
from socle.policy.ledger import read
from socle.records import Verdict
from tests.policies.states import PART, hosts, resource, write
from tests.policies.test_cases import TODAY

GOOD = {"PACK-01": {"regions": ["here"], "sensitive": ["health"]}}
RULE = "openstack:networking/secGroupRule:SecGroupRule"


def judged(folder: Path, *states: Path, config: Any = GOOD) -> int:
    (folder / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    words = ["--config", str(folder / "config.json"), "--ledger", str(folder / "ledger.json")]
    return main([*words, *map(str, states)])


def found(folder: Path) -> set[str]:
    return {one.check for one in read(folder / "ledger.json") if one.verdict is Verdict.FAIL}


def target(folder: Path) -> Path:
    """A database with a floating IP; nothing lets anybody in."""
    listed = list(hosts("a", 1))
    for one in listed:
        for said in (one.get("inputs", {}), one.get("outputs", {})):
            said.update({"tags": [*said["tags"][:2], "zone=data", "class=health"]} if "tags" in said else {})
    float_ = resource(
        "a", "openstack:networking/floatingIp:FloatingIp", "fip", pool="public", portId="a-port-0"
    )
    return write(folder / "a.json", *listed, float_)


def opener(folder: Path) -> Path:
    """A second stack, which adds a rule to the first one's group."""
    said = {
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": "tcp",
        "remoteIpPrefix": "203.0.114.0/24",
    }
    ports = {"portRangeMin": 5432, "portRangeMax": 5432, "securityGroupId": "a-group-0"}
    return write(folder / "b.json", *hosts("b", 0), resource("b", RULE, "in", **said, **ports))


def test_a_rule_of_a_second_stack_opens_a_path_that_neither_shows_alone(tmp_path: Path) -> None:
    one, two = target(tmp_path), opener(tmp_path)
    judged(tmp_path, one)
    alone = found(tmp_path)
    assert "NET-01" not in alone
    assert judged(tmp_path, two) == FINDINGS
    assert found(tmp_path) == {"NET-21"}
    assert judged(tmp_path, one, two) == FINDINGS
    assert found(tmp_path) - alone == {"NET-01", "NET-21"}
    words = (tmp_path / "ledger.json").read_text()
    assert "adds to group group-0 of stack a" in words
    assert "port-0 is reached" in words or "server-0 is reached" in words


def test_good_stacks_hold_together(tmp_path: Path) -> None:
    assert judged(tmp_path, write(tmp_path / "s.json", *hosts("s", 2))) == HOLDS


@pytest.mark.parametrize(
    "text", ['{"version": 3, "deployment": {"resou', "", "{}", "[]", '{"deployment": 3}']
)
def test_a_state_that_is_cut_off_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "s.json").write_text(text)
    assert judged(tmp_path, tmp_path / "s.json") == BAD_INPUT
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "s.json" in said
    assert "pulumi stack export" in said


def test_resources_that_are_none_no_file_and_a_stack_twice_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = write(tmp_path / "s.json", *hosts("s", 1))
    again = write(tmp_path / "again.json", *hosts("s", 1))
    odd = write(tmp_path / "odd.json", {"type": "x"})
    for states, why in (
        ((state, again), "the same stack as"),
        ((odd,), "a resource cannot be read"),
        ((tmp_path / "none.json",), "No such file"),
    ):
        assert judged(tmp_path, *states) == BAD_INPUT
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert why in said


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"NET-99": "mandatory"}, "there is no policy NET-99"),
        ({"NET-06": {"widst": {}}}, "there is no such parameter"),
        ("{", "cannot be read as JSON"),
        ("[]", "must be a mapping"),
    ],
)
def test_bad_configuration_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: Any, why: str
) -> None:
    assert judged(tmp_path, write(tmp_path / "s.json", *hosts("s", 1)), config=config) == BAD_INPUT
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert why in said


def test_a_malformed_exemption_is_a_finding_and_exempts_nothing(tmp_path: Path) -> None:
    (tmp_path / "exemptions.yaml").write_text("exemptions: [{policy: NET-06, urn: '*'}]")
    config = {"PACK-01": {"regions": ["here"], "exemptions": str(tmp_path / "exemptions.yaml")}}
    assert judged(tmp_path, write(tmp_path / "s.json", *hosts("s", 1)), config=config) == FINDINGS
    assert found(tmp_path) == {"PACK-01"}


def test_an_empty_stack_is_not_one_that_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(tmp_path, write(tmp_path / "s.json")) == UNPROVEN
    assert "nothing was judged" in capsys.readouterr().err


def test_a_stack_of_another_provider_is_refused_by_type(tmp_path: Path) -> None:
    state = write(tmp_path / "s.json", *hosts("s", 0), resource("s", "other:index:Thing", "t"))
    assert judged(tmp_path, state) == FINDINGS
    assert found(tmp_path) == {"SOV-06"}


def test_a_policy_that_is_switched_off_is_not_asked(tmp_path: Path) -> None:
    state = write(tmp_path / "s.json", *hosts("s", 0), resource("s", "other:index:Thing", "t"))
    assert judged(tmp_path, state, config={**GOOD, "SOV-06": "disabled"}) == HOLDS


def calls(work: Callable[[], object]) -> int:
    """How many functions it called: unlike seconds, the same on a busy machine."""
    counted = itertools.count()
    sys.setprofile(lambda _frame, event, _arg: next(counted) if event == "call" else None)
    try:
        work()
    finally:
        sys.setprofile(None)
    return next(counted)


def test_four_times_the_resources_are_four_times_the_work(tmp_path: Path) -> None:
    spent = []
    for count in (2500, 10_000):
        snapshot = joined([write(tmp_path / "huge.json", *hosts("huge", count // PART))])
        spent.append(calls(partial(whole, snapshot, settings(None), TODAY)))
        print(f"{len(snapshot)} resources: {spent[-1]} calls")
    assert spent[1] < 5 * spent[0]
