"""The seeds of bench.rivals are plans that the real engine and provider take, and the pack judges each."""

from __future__ import annotations

from datetime import date

import pytest

from bench.rivals.pack import CONFIG, previewed
from bench.rivals.seeds import cases, load
from policies import run
from policies.model import Verdict


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """By case, the policies that it breaks."""
    found = previewed(tmp_path_factory.mktemp("rivals"))
    entries = {name: run.whole(one, run.Setup(CONFIG), date.today()) for name, one in found.items()}
    return {
        name: {one.policy.id for one in said if one.verdict is Verdict.VIOLATION}
        for name, said in entries.items()
    }


def test_every_case_is_planned(seeded: dict[str, set[str]]) -> None:
    assert set(seeded) == {case.name for case in cases(load())}


def test_twins_hold_but_for_the_type_that_is_refused_on_principle(seeded: dict[str, set[str]]) -> None:
    said = {name: found for name, found in seeded.items() if name.endswith("-good") and found}
    assert said == {"firewall-anywhere-good": {"SOV-06"}}


def test_a_seed_is_told_from_its_twin(seeded: dict[str, set[str]]) -> None:
    assert "NET-06" in seeded["ssh-open-bad"]
