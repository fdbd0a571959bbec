"""Drawing faults: the seed decides, rates hold, and a rule that makes no sense is refused."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.rules import OF_BODIES, Fault, Faults, Rule, spread


def drawn(faults: Faults, times: int, method: str = "GET") -> list[Fault | None]:
    entries = (faults.draw(method, 5000, "/v3") for _ in range(times))
    return [entry.fault if entry else None for entry in entries]


def test_the_same_seed_draws_the_same_faults() -> None:
    first, again, other = (drawn(Faults(spread(0.5), seed), 200) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_a_tenth_is_about_a_tenth_and_of_every_kind() -> None:
    counts = Counter(drawn(Faults(spread(0.1), 1), 20_000))
    assert 0.09 < 1 - counts[None] / 20_000 < 0.11
    for fault in frozenset(Fault) - OF_BODIES:
        assert 0.015 < counts[fault] / 20_000 < 0.025
    assert not OF_BODIES & counts.keys()
    assert set(drawn(Faults(spread(1.0, Fault), 1), 1000)) == set(Fault)


def test_a_rule_for_some_methods_leaves_the_others_alone() -> None:
    faults = Faults([Rule.parse("reset-after=1:post,PUT")], 1)
    assert drawn(faults, 3) == [None] * 3
    assert drawn(faults, 3, "PUT") == [Fault.RESET_AFTER] * 3
    assert faults.asked == 6
    assert faults.summary() == "seed 1: 6 requests, injected 3 reset-after"


@pytest.mark.parametrize("text", ["teapot=0.1", "429", "429=often", "429=1.5", "503=-0.1"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no rule"):
        Rule.parse(text)


def test_shares_beyond_everything_are_refused() -> None:
    rules = [Rule(Fault.SLOW, 0.6), Rule(Fault.TOO_MANY, 0.5, frozenset({"GET"}))]
    with pytest.raises(ValueError, match="GET add up"):
        Faults(rules, 1)
