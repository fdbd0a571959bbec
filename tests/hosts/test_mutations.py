"""Three controls of different mechanisms, drawn anew each run, are broken on a host: only they fail.

[ci: one host, another each day; nightly: every control on every host, by tests.hosts.mutate]
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from tests.hosts.checks import Host, State
from tests.hosts.inventory import declared_hosts
from tests.hosts.judge import failing
from tests.hosts.mutate import applicable, draw, trial


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    given = request.config.getoption("--seed", default=None)
    return int(given) if given is not None else random.SystemRandom().randrange(2**31)


def test_breaks_are_noticed_exactly(found: Host | str, states: dict[str, State], seed: int) -> None:
    assert isinstance(found, Host), found
    if found.name != todays():
        pytest.skip(f"today it is {todays()}'s turn")
    broken = draw(applicable(found), 3, seed)
    print(f"{found.name}: breaking {', '.join(c.id for c in broken)}; replay with --seed {seed}")
    before = failing(found, states[found.name])
    assert not before, f"not green before the breaks: {before}"
    result = trial(found, broken)
    assert result.exact, f"{result.said()}; replay with --seed {seed}"


def todays() -> str:
    """The host whose turn it is, by date (UTC)."""
    names = sorted(declared_hosts())
    return names[datetime.now(UTC).toordinal() % len(names)]
