"""A plan says how much, how long, under which names, and what cannot be brought yet or at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from socle.errors import ExitCode, UnprovenError
from socle.migrate.bandwidth import MB, Bandwidth
from socle.migrate.job import Job
from socle.migrate.ledger import Ledger
from socle.migrate.planning import Plan, Speeds, plan
from socle.migrate.states import Event
from tests.unit.socle.migrate.conftest import Listing

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def _lines(made: Plan) -> dict[str, str]:
    return {line[:9].strip(): line[10:] for line in made.lines}


def test_a_plan_of_everything(job: Job, empty: Ledger, listing: Listing, take: Callable[[], int]) -> None:
    job = job.model_copy(update={"long_names": "refuse"})
    listing.put("large", size=2500 * MB)
    listing.put("there", size=500 * MB)
    listing.snapshot("there", "2026")
    listing.put("x" * 65)
    listing.put("cold", size=5, tier="Archive")
    take()
    made = plan(job, empty, Speeds(line=10 * MB, objects=2), 1, NOW)
    said = _lines(made)
    assert made.code is ExitCode.FINDINGS
    assert said["copy"] == "0:05:50"  # of two lines called so, the second
    assert f"copy      3 objects ({3500 * MB} bytes): 3 BlockBlob" in made.lines
    assert said["segments"] == "3 objects larger than 8 MiB, in 5 segments"
    assert said["mapped"] == "1 objects"
    assert "          there@2026: becomes there@snapshot=2026 (snapshot)" in made.lines
    assert said["archive"].startswith("1 objects, to be rehydrated first")
    assert said["refused"] == "1 objects"
    assert any("name of 65 bytes, the target allows 64" in line for line in made.lines)
    assert made.lines[-1] == "Nothing was sent to the target."
    empty.tell(1, Event.COPIED, sha256="0")
    assert _lines(plan(job, empty, Speeds(line=10 * MB), 1, NOW))["copy"] == "0:01:40"
    assert _lines(plan(job, empty, Speeds(line=10 * MB), 1, NOW))["verify"] == "0:05:50"


def test_many_small_objects_take_as_long_as_their_number(
    job: Job, empty: Ledger, listing: Listing, take: Callable[[], int]
) -> None:
    for number in range(40):
        listing.put(f"{number}")
    take()
    limited = job.model_copy(update={"bandwidth": Bandwidth(mb_per_second={"00:00-24:00": 1})})
    assert _lines(plan(limited, empty, Speeds(objects=0.5), 20, NOW))["copy"] == "0:01:20"
    made = plan(job, empty, Speeds(), 20, NOW)
    assert "no time" in _lines(made)["copy"]
    assert made.code is ExitCode.HOLDS


def test_what_is_not_listed_to_its_end_cannot_be_planned(job: Job, empty: Ledger) -> None:
    with pytest.raises(UnprovenError, match="not listed to its end"):
        plan(job, empty, Speeds(), 20, NOW)
