"""Every case ends as it says: these policies are broken, these cannot be proven, and no other."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

import tests.policies.cases  # noqa: F401  # declares them
from policies.judge import Entry
from policies.model import Verdict
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


@cache
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
