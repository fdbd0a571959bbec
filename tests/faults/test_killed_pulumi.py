"""`pulumi up` killed outright at random moments goes on when run again, and leaves no orphan.

[nightly: 20 moments, with SOCLE_KILLS=20; 3 when nothing is said]. $SOCLE_SEED repeats a run. Whatever
stands of platform and spaces is destroyed; the platform alone stands after, with hosts that are new and not
yet hardened.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import pytest

from socle.local.platform import UP
from tests.cloud.live import CLOUD, ROOT, SOCLE, environment, show
from tests.faults import judge
from tests.faults.killer import When, run_and_kill

SEED = judge.seed()
KILLS = int(os.environ.get("SOCLE_KILLS") or 3)
CREATING = re.compile(r"^\s*\+\s+openstack:\S+ \S+ creating \(0s\)")
FEWEST = 20  # creations, for a platform with a host in each of two zones
LONGEST_WAIT = 4.0  # seconds after a creation began; most take less


@dataclass(frozen=True)
class Moment:
    """When `share` (0 to 1) of all creations have begun, and `wait` seconds later."""

    share: float
    wait: float

    def __str__(self) -> str:
        return f"{self.share:.2f}+{self.wait:.1f}s"


def moments() -> list[Moment]:
    """Spread over the run: one in each of KILLS equal parts, so that few kills are not all alike."""
    drawn = judge.generator(SEED)
    return [
        Moment((part + drawn.random()) / KILLS, drawn.uniform(0, LONGEST_WAIT) ** 2 / LONGEST_WAIT)
        for part in range(KILLS)
    ]


def at_creation(number: int) -> When:
    """When the n-th resource begins to be created."""
    begun = 0

    def now(_: int, text: str) -> bool:
        nonlocal begun
        begun += bool(CREATING.match(text))
        return begun >= number

    return now


@pytest.fixture(scope="module")
def creations() -> int:
    """How many creations a whole `up` begins."""
    print(f"seed {SEED}: SOCLE_SEED={SEED} SOCLE_KILLS={KILLS} repeats this run")
    judge.destroy()
    number = judge.planned_resources()
    assert number > FEWEST, "this is not the whole platform"
    return number


@pytest.fixture(scope="module")
def interrupted() -> list[int]:
    """How many creations each kill interrupted."""
    return []


@pytest.mark.parametrize("moment", moments(), ids=str)
def test_a_killed_up_goes_on_when_run_again(moment: Moment, creations: int, interrupted: list[int]) -> None:
    judge.destroy()
    number = 1 + int(moment.share * (creations - 1))
    killed = run_and_kill(
        UP,
        when=at_creation(number),
        then_wait=moment.wait,
        limit=900,
        env=environment(),
        cwd=ROOT,
        show=print,
    )
    print(f"creation {number} of {creations}: {killed}")
    assert killed.exit_code is None, f"it ended before it could be killed:\n{killed.lines[-20:]}"
    interrupted.append(judge.pending_creations())
    print(f"{interrupted[-1]} creations were interrupted")
    provision = (SOCLE, "local", "provision", "--cloud", CLOUD, "--stack", environment()["SOCLE_STACK"])
    assert show(*provision) == 0
    judge.all_is_as_it_should_be()


def test_some_were_killed_in_the_middle_of_a_creation(interrupted: list[int]) -> None:
    assert sum(interrupted) > 0, "no kill met a creation under way: this run has shown nothing"
