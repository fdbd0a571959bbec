"""Three controls of different mechanisms, drawn anew each run, are broken on each host: only they fail."""

from __future__ import annotations

import random

import pytest

from tests.hosts.checks import Host, State
from tests.hosts.judge import failing
from tests.hosts.mutate import applicable, draw, trial


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    given = request.config.getoption("--seed", default=None)
    return int(given) if given is not None else random.SystemRandom().randrange(2**31)


def test_breaks_are_noticed_exactly(found: Host | str, states: dict[str, State], seed: int) -> None:
    assert isinstance(found, Host), found
    broken = draw(applicable(found), 3, seed)
    print(f"{found.name}: breaking {', '.join(c.id for c in broken)}; replay with --seed {seed}")
    before = failing(found, states[found.name])
    assert not before, f"not green before the breaks: {before}"
    result = trial(found, broken)
    assert result.exact, f"{result.said()}; replay with --seed {seed}"
