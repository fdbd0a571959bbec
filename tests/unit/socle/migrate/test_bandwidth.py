"""Limits by hour: which holds when, how long so many bytes take, and that pieces wait for their turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from socle.migrate.bandwidth import MB, Bandwidth, duration
from socle.migrate.job import Job
from socle.migrate.meter import Meter

DAY = Bandwidth(zone="Europe/Paris", mb_per_second={"07:00-20:00": 200})
NIGHT = Bandwidth(mb_per_second={"20:00-06:30": 50, "12:00-13:00": 10})


def _paris(hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, 30, hour, minute, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "rate"), [(6, 59, None), (7, 0, 200 * MB), (19, 59, 200 * MB), (20, 0, None)]
)
def test_a_limit_holds_in_its_hours_of_that_place(hour: int, minute: int, rate: float | None) -> None:
    for month in (6, 11):  # summer time and not
        assert DAY.rate(_paris(hour, minute, month)) == rate


def test_hours_over_midnight_are_one_entry() -> None:
    rates = [NIGHT.rate(datetime(2026, 11, 30, hour, 15, tzinfo=UTC)) for hour in (23, 5, 6, 7, 12, 13)]
    assert rates == [50 * MB, 50 * MB, 50 * MB, None, 10 * MB, None]


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(MOMENTS, st.sampled_from([DAY, NIGHT]), st.floats(0, 1))
def test_nothing_changes_before_the_next_moment_that_is_said(
    at: datetime, limit: Bandwidth, share: float
) -> None:
    end = limit.until(at)
    assert at < end <= at + timedelta(hours=25)
    assert limit.rate(at + share * (end - at - timedelta(microseconds=1))) == limit.rate(at)


@given(MOMENTS, st.sampled_from([DAY, NIGHT]), st.integers(0, 10**14), st.integers(0, 10**14))
def test_two_shares_one_after_the_other_take_as_long_as_both_at_once(
    at: datetime, limit: Bandwidth, one: int, other: int
) -> None:
    first = duration(one, at, limit, 1250 * MB)
    both = duration(one + other, at, limit, 1250 * MB)
    assert first is not None
    assert both is not None
    second = duration(other, at + first, limit, 1250 * MB)
    assert second is not None
    assert abs((first + second - both).total_seconds()) < 0.1
    assert both >= timedelta(seconds=(one + other) / (1250 * MB)) - timedelta(milliseconds=1)


def test_a_night_without_a_limit_takes_the_line() -> None:
    # 13 h at 200 MB/s are 9.36 TB, 11 h at 1250 MB/s are 49.5 TB.
    took = duration(58_860_000 * MB, _paris(7), DAY, 1250 * MB)
    assert took == timedelta(hours=24)
    assert duration(9_360_000 * MB, _paris(7), DAY, None) == timedelta(hours=13)
    assert duration(9_360_001 * MB, _paris(7), DAY, None) is None
    assert duration(1250 * MB, _paris(7), None, 1250 * MB) == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ({"mb_per_second": {"7-20": 1}}, "is no time of the day"),
        ({"mb_per_second": {"07:60-20:00": 1}}, "is no time of the day"),
        ({"mb_per_second": {"07:00-07:00": 1}}, "is no time of the day"),
        ({"mb_per_second": {"07:00-20:00": 1, "19:59-21:00": 2}}, "overlaps"),
        ({"mb_per_second": {"07:00-20:00": 0}}, "greater than 0"),
        ({"mb_per_second": {}}, "at least 1"),
        ({"zone": "Europe/Lutèce", "mb_per_second": {"07:00-20:00": 1}}, "no time zone"),
        ({"zone": "../etc", "mb_per_second": {"07:00-20:00": 1}}, "no time zone"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(said: dict[str, object], phrase: str) -> None:
    with pytest.raises(ValidationError, match=phrase):
        Bandwidth.model_validate(said)


def test_more_workers_than_a_limit_bears_are_refused() -> None:
    said = {
        "name": "a",
        "source": {"container": "c", "connection_file": "f"},
        "target": {"container": "c", "cloud": "w", "reader": "r"},
        "workers": 10,
        "bandwidth": {"mb_per_second": {"07:00-20:00": 2}},
    }
    with pytest.raises(ValidationError, match=r"10 workers need 2\.1 MB/s"):
        Job.model_validate(said)
    assert Job.model_validate({**said, "workers": 9}).bandwidth is not None


@given(st.lists(st.integers(1, 5 * MB), min_size=1, max_size=30))
def test_what_passes_never_is_ahead_of_the_limit(sizes: list[int]) -> None:
    now, hour = [0.0], datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    meter = Meter(NIGHT, clock=lambda: now[0], sleep=sleep, now=lambda: hour)
    for size in sizes:
        meter.take(size)
    assert now[0] == pytest.approx(sum(sizes[:-1]) / (10 * MB))
    hour = hour.replace(hour=14)
    before = len(waited)
    meter.take(10**12)
    meter.take(10**12)
    assert len(waited) == before
