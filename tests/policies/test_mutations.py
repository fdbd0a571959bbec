"""The good stack, changed in one way a time: exactly the policies that should speak do. None is forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policies.judge import Entry
from policies.model import POLICIES, Verdict
from policies.run import Setup, whole
from policies.snapshot import Snapshot
from tests.policies.cases.estate import NAME, SETTINGS
from tests.policies.cases.kit import CASES
from tests.policies.mutations import holdings, network, others  # noqa: F401  # declare them
from tests.policies.mutations.kit import MUTATIONS, Mutation, mutated
from tests.policies.test_cases import SETUP, TODAY, alike, judged, with_verdict

GOOD = Setup({**SETUP.config, **SETTINGS})
KINDS = ("fail", "near", "unknown")
ANY = "any resource of these kinds is one too many, so there is none that passes or hangs on a value"
OPTIONS = "options of a resource are never unknown, nor is its type or whether a value is marked"
# What a policy has not, and why it cannot.
WITHOUT = {
    "NET-14": (("near", "unknown"), ANY),
    "IAM-06": (("near", "unknown"), ANY),
    "SEC-02": (("unknown",), "any value is one too many, known or not"),
    "SEC-07": (("unknown",), "any value is one too many, known or not"),
    "SOV-05": (("unknown",), "any value is one too many, known or not"),
    **dict.fromkeys(("SOV-03", "SOV-06", "SEC-04", "SEC-05", "SEC-06", "OPS-02"), (("unknown",), OPTIONS)),
    "CMP-01": (("unknown",), "whether an image is named is known, whatever its id turns out to be"),
}


@pytest.fixture(scope="module")
def said(made: dict[str, Snapshot]) -> dict[Mutation, list[Entry]]:
    """What policies say of each mutation; judged once."""
    return {one: whole(mutated(made[NAME], one), GOOD, TODAY) for one in MUTATIONS}


@pytest.mark.parametrize("one", MUTATIONS, ids=lambda one: f"{one.policy}.{one.what}")
def test_a_mutation_trips_exactly_the_policies_it_should(
    said: dict[Mutation, list[Entry]], one: Mutation
) -> None:
    entries = said[one]
    broken, open_ = (with_verdict(entries, it) for it in (Verdict.VIOLATION, Verdict.UNPROVEN))
    assert set(broken) == one.violates, broken
    assert set(open_) - set(broken) == one.unproven - one.violates, open_


def test_every_policy_has_its_cases_and_two_mutations() -> None:
    """PACK-01 is about exemptions, which have tests of their own; NET-17 has cases beside a matrix."""
    seen = {(one.policy, one.what.partition("-")[0]) for one in MUTATIONS}
    seen |= {(one.policy, one.what.partition("-")[0]) for one in CASES.values()}
    names = set(POLICIES) - {"PACK-01"}
    needed = {(name, kind) for name in names for kind in KINDS if kind not in WITHOUT.get(name, ((), ""))[0]}
    assert sorted(needed - seen) == []
    assert sorted(seen & {(name, kind) for name, (kinds, _) in WITHOUT.items() for kind in kinds}) == []
    fails = [one.policy for one in MUTATIONS if one.what.startswith("fail")]
    fails += [one.policy for one in CASES.values() if one.policy == "NET-17" and one.what.startswith("fail")]
    assert sorted(name for name in names if fails.count(name) < 2) == []


def judged_all(
    previewed: dict[str, Snapshot], good: Snapshot, said: dict[Mutation, list[Entry]]
) -> Iterator[Entry]:
    """Of every case, and of the good stack as it is and in every mutation."""
    for name, found in previewed.items():
        yield from judged(found, name)
    yield from judged(good, NAME)
    for entries in said.values():
        yield from entries


def test_every_policy_has_been_seen_to_fire_and_each_on_the_graph_to_flip(
    previewed: dict[str, Snapshot], made: dict[str, Snapshot], said: dict[Mutation, list[Entry]]
) -> None:
    """Somewhere in two stacks stands the same resource, asked for in the same words, with two verdicts."""
    fired: set[str] = set()
    seen: dict[tuple[str, str], set[Verdict]] = {}
    for entry in judged_all(previewed, made[NAME], said):
        if entry.verdict is Verdict.VIOLATION:
            fired.add(entry.policy.id)
        seen.setdefault((entry.policy.id, alike(entry.resource)), set()).add(entry.verdict)
    assert set(POLICIES) - fired == {"PACK-01"}, "exemptions have tests of their own"
    flipped = {policy for (policy, _), of in seen.items() if Verdict.VIOLATION in of and len(of) > 1}
    assert sorted({one.id for one in POLICIES.values() if one.graph} - flipped) == []
    assert sorted(flipped - {one.id for one in POLICIES.values() if one.graph}) == []


def test_every_policy_passes_the_good_stack(made: dict[str, Snapshot]) -> None:
    entries = judged(made[NAME], NAME)
    passed = {one.policy.id for one in entries if one.verdict is Verdict.PASS}
    assert sorted(set(POLICIES) - passed) == ["IAM-06", "NET-14", "NET-17"], "NET-17 has a stack of its own"
