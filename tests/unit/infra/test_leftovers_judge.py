"""When other stacks are asked for what they have: not for each space that is opened among hundreds."""

from __future__ import annotations

from typing import Any

import pytest

from infra.leftovers import __main__ as leftovers
from infra.leftovers.kinds import Found
from infra.leftovers.stack import Stack
from infra.leftovers.wanted import State
from tests.unit.infra.test_leftovers import AFTER, NET, NET_INPUTS

OTHERS = [Found(NET, f"o{number}", {**NET_INPUTS, "name": f"local-s{number}"}) for number in range(3)]
OWN = Found(NET, "n1", {**NET_INPUTS, "tags": []}, made=AFTER)


def resource(number: str, **inputs: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:local-space-a::hdh::{NET}::{number}"
    return {"urn": urn, "type": NET, "id": number, "inputs": {**NET_INPUTS, **inputs}}


def state(*resources: dict[str, Any], pending: bool = False) -> State:
    operations = [{"type": "creating", "resource": resource("n1")}] if pending else []
    time = {"manifest": {"time": "2026-11-24T12:00:00Z"}}
    return {"deployment": {"resources": list(resources), "pending_operations": operations, **time}}


class Pulumi:
    """What pulumi says of the stack, and how often it was asked what others have."""

    def __init__(self, wants: list[dict[str, Any]]) -> None:
        self.wants, self.asked, self.previewed = wants, 0, 0

    def others(self) -> list[State]:
        self.asked += 1
        return [state(*(resource(it.id, **it.inputs) for it in OTHERS))]

    def preview(self) -> dict[str, Any]:
        self.previewed += 1
        return {"steps": [{"op": "create", "newState": it} for it in self.wants]}


def judged(monkeypatch: pytest.MonkeyPatch, pulumi: Pulumi, has: State, cloud: list[Found]) -> dict[str, Any]:
    monkeypatch.setattr(leftovers, "_listed", lambda *_: cloud)
    monkeypatch.setattr(Stack, "others", lambda _: pulumi.others())
    monkeypatch.setattr(Stack, "preview", lambda _: pulumi.preview())
    history = [{"result": "succeeded", "kind": "update", "endTime": "2026-11-24T12:00:00+00:00"}]
    monkeypatch.setattr(Stack, "history", lambda _: history)
    found = leftovers.judge(None, None, Stack("local-space-a"), has)
    return {kind: [it.found.id for it in getattr(found, kind)] for kind in ("delete", "adopt", "refuse")}


NOTHING: dict[str, list[str]] = {"delete": [], "adopt": [], "refuse": []}


def test_a_new_space_among_many_asks_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi = Pulumi([resource("")])
    assert judged(monkeypatch, pulumi, state(), OTHERS) == NOTHING
    assert (pulumi.asked, pulumi.previewed) == (0, 1)


def test_where_the_state_explains_everything_nobody_is_asked_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pulumi = Pulumi([])
    assert judged(monkeypatch, pulumi, state(resource("n1")), [OWN]) == NOTHING
    assert (pulumi.asked, pulumi.previewed) == (0, 0)


@pytest.mark.parametrize("planned", [True, False])
def test_what_this_one_wants_and_nobody_has_is_found(monkeypatch: pytest.MonkeyPatch, planned: bool) -> None:
    pulumi = Pulumi([resource("")] if planned else [])
    has = state() if planned else state(resource("another"))
    assert judged(monkeypatch, pulumi, has, [*OTHERS, OWN]) == {**NOTHING, "delete": ["n1"]}
    assert pulumi.asked == 1


def test_what_another_stack_has_is_left_alone_though_it_is_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi = Pulumi([resource("", name="local-s1")])
    assert judged(monkeypatch, pulumi, state(), OTHERS) == NOTHING
    assert pulumi.asked == 1


def test_after_an_interrupted_creation_all_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi = Pulumi([])
    found = judged(monkeypatch, pulumi, state(pending=True), [*OTHERS, OWN])
    assert (found, pulumi.asked) == ({**NOTHING, "delete": ["n1"]}, 1)
