"""Every case ends as it says: these policies are broken, these cannot be proven, and no other."""

from __future__ import annotations

from datetime import date

import pytest

import tests.policies.cases  # noqa: F401  # declares them
from policies.judge import Entry
from policies.model import POLICIES, Verdict
from policies.run import Setup, whole
from policies.snapshot import Resource, Snapshot
from policies.values import opened
from tests.policies.cases.kit import CASES, REGION

TODAY = date(2026, 11, 25)
SETUP = Setup({"PACK-01": {"regions": [REGION]}})


def judged(found: Snapshot, name: str) -> list[Entry]:
    return whole(found, Setup({**SETUP.config, **CASES[name].settings}), TODAY)


def with_verdict(entries: list[Entry], verdict: Verdict) -> dict[str, str]:
    return {
        one.policy.id: f"{one.resource.shown}: {[it.words for it in one.said]}"
        for one in entries
        if any(it.verdict is verdict for it in one.said)
    }


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_case_trips_exactly_the_policies_it_should(previewed: dict[str, Snapshot], name: str) -> None:
    case, entries = CASES[name], judged(previewed[name], name)
    broken, open_ = (with_verdict(entries, one) for one in (Verdict.VIOLATION, Verdict.UNPROVEN))
    assert set(broken) == case.violates, broken
    assert set(open_) - set(broken) == case.unproven - case.violates, open_


@pytest.mark.parametrize("name", sorted(name for name, one in CASES.items() if not one.unproven))
def test_a_case_is_judged_alike_once_it_is_made(made: dict[str, Snapshot], name: str) -> None:
    entries = judged(made[name], name)
    assert set(with_verdict(entries, Verdict.VIOLATION)) == CASES[name].violates
    assert set(with_verdict(entries, Verdict.UNPROVEN)) <= CASES[name].violates


def test_every_policy_has_been_seen_to_fire_and_to_pass(previewed: dict[str, Snapshot]) -> None:
    fired, passed = set(), set()
    for name, found in previewed.items():
        for entry in judged(found, name):
            (fired if entry.verdict is Verdict.VIOLATION else passed).add(entry.policy.id)
    assert set(POLICIES) - fired == {"PACK-01"}, "exemptions have tests of their own"
    assert set(POLICIES) - passed <= {"NET-14", "IAM-06"}, "any resource of these kinds is one too many"


def test_a_graph_policy_flips_when_only_another_resource_changes(previewed: dict[str, Snapshot]) -> None:
    """Somewhere in two cases stands the same resource, asked for in the same words, with two verdicts."""
    seen: dict[tuple[str, str], set[Verdict]] = {}
    for name, found in previewed.items():
        for entry in judged(found, name):
            seen.setdefault((entry.policy.id, alike(entry.resource)), set()).add(entry.verdict)
    flipped = {policy for (policy, _), said in seen.items() if Verdict.VIOLATION in said and len(said) > 1}
    by_id = {"NET-21", "NET-22"}  # a group is told to be another stack's by an id, which no preview knows
    assert {one.id for one in POLICIES.values() if one.graph} - flipped - by_id == set()
    assert flipped - {one.id for one in POLICIES.values() if one.graph} == set()


def alike(resource: Resource) -> str:
    """What the program asked for, without the case's name and the names that the engine makes up."""
    said = {key: (str(value), opened(value)) for key, value in resource.props.items() if key != "name"}
    options = (resource.ignored, resource.protect, "::default_" in resource.provider)
    return f"{resource.kind} {sorted(said.items(), key=str)} {sorted(resource.depends)} {options}"


def test_no_policy_fails_itself(previewed: dict[str, Snapshot]) -> None:
    for name, found in previewed.items():
        for entry in judged(found, name):
            for said in entry.said:
                assert "the policy itself failed" not in said.words, (name, entry.policy.id, said.words)
                assert "a value it hangs on" not in said.words, (name, entry.policy.id)
