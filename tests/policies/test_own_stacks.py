"""The project's own stacks hold, planned and made: no violation, no exemption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.policies.own import STACKS, Own, standing


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, chain: Path) -> Iterator[Own]:
    with standing(tmp_path_factory.mktemp("own") / "tree", chain) as made:
        yield made


@pytest.mark.parametrize("stack", STACKS)
def test_planned_and_made_it_holds(own: Own, stack: str) -> None:
    planned: Any = own.judged(stack, "preview")
    own.pulumi("up", "--yes", "--skip-preview", "--stack", stack)
    made: Any = own.judged(stack, "analyze")
    for ledger in (planned, made):
        said = Counter(one["verdict"] for one in ledger["entries"])
        bad = [one for one in ledger["entries"] if one["verdict"] in ("violation", "exempted")]
        assert not bad, bad
        assert said["pass"] > 50, said
    open_ = [one for one in made["entries"] if one["verdict"] == "unproven"]
    assert not open_, open_
