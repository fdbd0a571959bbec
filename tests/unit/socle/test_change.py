"""What a plan says in words, when two plans are the same, and what an approval is bound to."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from socle.change import cli, plan
from socle.change.bound import differences
from socle.change.record import Bound
from socle.env import Environment

URN = "urn:pulumi:local-data::hdh::"
SECRET_VALUE = {plan.SIGNATURE: plan.SECRET, "ciphertext": "v1:abc:def"}


def planned(kind: str, name: str, *steps: str, **goal: Any) -> tuple[str, dict[str, Any]]:
    said = {"inputDiff": {}, "outputDiff": {}, "protect": False, **goal}
    entry = {"steps": list(steps), "state": {"a": 1}, "seed": "cmFuZG9t", "goal": said}
    if steps == ("delete",):
        del entry["goal"]
    return f"{URN}{kind}::{name}", entry


def of(*entries: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"manifest": {"time": "now"}, "config": {}, "resourcePlans": dict(entries)}


VOLUME, SERVER = "openstack:blockstorage/volume:Volume", "openstack:compute/instance:Instance"
MADE = planned(SERVER, "desk", "create", inputDiff={"adds": {"name": "desk", "userData": SECRET_VALUE}})
GROWN = planned(VOLUME, "work", "update", inputDiff={"updates": {"size": 4}, "deletes": ["metadata"]})


def said(*entries: tuple[str, dict[str, Any]], protected: tuple[str, ...] = ()) -> list[str]:
    rows = plan.words(of(*entries), protected)
    return [f"{row.what} {row.name}: {', '.join(row.details)}" for row in rows]


def test_each_change_is_a_row_and_the_worst_comes_first() -> None:
    steps = ("create-replacement", "replace", "delete-replaced")
    replaced = planned(SERVER, "bastion", *steps, inputDiff={"updates": {"imageId": "b"}})
    gone = planned(VOLUME, "old", "delete")
    same = planned(VOLUME, "kept", "same")
    assert said(GROWN, same, MADE, replaced, gone) == [
        "DELETE old: ",
        'REPLACE bastion: imageId becomes "b"',
        "change work: size becomes 4, metadata goes",
        'make desk: name = "desk", userData = "[secret]"',
    ]


def test_a_protection_that_is_lifted_is_said_though_nothing_else_happens() -> None:
    same = planned(VOLUME, "base", "same")
    assert said(same) == []
    assert said(same, protected=(same[0],)) == ["unprotect base: "]
    kept = planned(VOLUME, "base", "same", protect=True)
    assert said(kept) == ["protect base: "]
    assert said(kept, protected=(kept[0],)) == []


def test_an_output_that_changes_is_said() -> None:
    stack = planned("pulumi:pulumi:Stack", "hdh", "same", outputDiff={"updates": {"contract": 2}})
    assert said(stack) == ["output hdh: contract becomes 2"]


def test_a_step_that_is_new_to_us_is_shown_as_it_is() -> None:
    assert said(planned(VOLUME, "work", "teleport")) == ["teleport work: "]


def test_a_value_cannot_draw_on_the_terminal_nor_hide_its_end() -> None:
    (line,) = said(planned(SERVER, "desk", "update", inputDiff={"updates": {"name": "\x1b[2J\u202e"}}))
    assert line.isascii()
    assert line.isprintable()
    long, other = (
        said(planned(SERVER, "desk", "update", inputDiff={"updates": {"userData": "x" * 500 + end}}))[0]
        for end in "ab"
    )
    assert "(503 characters, sha256 " in long
    assert long != other


def test_plans_are_the_same_whatever_is_random_in_them() -> None:
    first = of(MADE, GROWN)
    again = copy.deepcopy(first)
    again["manifest"]["time"] = "later"
    entry = again["resourcePlans"][MADE[0]]
    entry["seed"], entry["state"] = "b3RoZXI=", {}
    entry["goal"]["inputDiff"]["adds"]["userData"]["ciphertext"] = "v1:ghi:jkl"
    assert plan.shape(again) == plan.shape(first)


@pytest.mark.parametrize(
    "other",
    [
        of(MADE),
        of(MADE, planned(VOLUME, "work", "update", inputDiff={"updates": {"size": 5}})),
        of(MADE, planned(VOLUME, "work", "same", inputDiff=GROWN[1]["goal"]["inputDiff"])),
        of(MADE, (GROWN[0], {**GROWN[1], "goal": {**GROWN[1]["goal"], "protect": True}})),
    ],
)
def test_plans_that_let_other_things_happen_are_not(other: dict[str, Any]) -> None:
    assert plan.shape(other) != plan.shape(of(MADE, GROWN))


def test_what_changes_nothing_leaves_no_proposal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = Environment("local", tmp_path, {})
    nothing = of(planned(VOLUME, "kept", "same"))
    monkeypatch.setattr(cli, "_environment", lambda *_: environment)
    monkeypatch.setattr(cli.bound, "read", lambda *_: (BOUND, {"resources": []}))
    monkeypatch.setattr(cli.work, "plan_anew", lambda _e, _s, file: file.write_text(json.dumps(nothing)))
    cli.propose(cloud="local", stack="local-data", login="anna", reason="Nothing at all")
    assert capsys.readouterr().out == "nothing is to be changed in local-data\n"
    assert list(tmp_path.rglob("*.json")) == []


BOUND = Bound(
    commit="a" * 40, tree="t", tools="p", configuration="c", target={"cloud": "x"}, state="s", serial=4
)


@pytest.mark.parametrize(
    ("now", "phrase"),
    [
        ({"commit": "b" * 40, "tree": "u"}, "the program: the checkout is at bbbbbbbbbbbb"),
        ({"tree": "u"}, "the program: a tracked file"),
        ({"tools": "q"}, "the tools: "),
        ({"configuration": "d"}, "the stack's configuration"),
        ({"target": {"cloud": "y", "region": "r"}}, "cloud is y, was x, region is r, was unset"),
        ({"state": "z", "serial": 6}, "the stack's state (2 updates since)"),
        ({"state": "z"}, "the stack's state (no update counted)"),
    ],
)
def test_what_is_no_longer_as_it_was_is_named(now: dict[str, Any], phrase: str) -> None:
    (found,) = differences(BOUND, BOUND.model_copy(update=now))
    assert phrase in found
    assert list(differences(BOUND, BOUND)) == []
