"""The data layer's plan: everything is kept unless a release that holds names it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.config import Data
from infra.plan.data import make_data_plan
from infra.plan.problem import PlanError
from tests.unit.plan.tables import PROFILE

TODAY = date(2026, 11, 24)


def data(*released: dict[str, object], **changes: object) -> Data:
    said = {
        "environment": "any",
        "owner": "team",
        "bases": (
            {"name": "stays", "sensitivity": "health", "purpose": "Stays in hospitals"},
            {"name": "codes", "sensitivity": "public", "purpose": "Lists of codes"},
        ),
        "volumes": ({"name": "work", "base": "stays", "size_gib": 1, "purpose": "Room to work"},),
        "released": released,
    }
    return Data.model_validate({**said, **changes})


def release(base: str, **changes: object) -> dict[str, object]:
    said = {
        "name": base,
        "owner": "one",
        "approver": "other",
        "reason": "Its keeping time is over",
        "expiry": TODAY + timedelta(days=30),
    }
    return {**said, **changes}


def test_names_are_full_and_nothing_is_released() -> None:
    plan = make_data_plan(data(), PROFILE, TODAY)
    assert [kept.name for kept in plan.containers] == ["any-base-stays", "any-base-codes"]
    assert [kept.name for kept in plan.volumes] == ["any-data-work"]
    assert all(kept.release is None for kept in (*plan.containers, *plan.volumes))


@given(st.sets(st.sampled_from(["stays", "codes", "work"])), st.integers(0, 180))
def test_exactly_what_is_named_is_released(names: set[str], days: int) -> None:
    expiry = TODAY + timedelta(days=days)
    plan = make_data_plan(data(*(release(name, expiry=expiry) for name in sorted(names))), PROFILE, TODAY)
    released = {kept.said.name for kept in (*plan.containers, *plan.volumes) if kept.release}
    assert released == names


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "gone"}, "release of gone, which is neither base nor volume here; remove the release"),
        ({"expiry": TODAY - timedelta(days=1)}, "expired on 2026-11-23 and counts as absent; remove it, or"),
        ({"expiry": TODAY + timedelta(days=181)}, "over 180 days; 2027-05-23 is the latest"),
    ],
)
def test_a_release_that_does_not_hold_is_an_error(changes: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError) as caught:
        make_data_plan(data(release("stays", **changes)), PROFILE, TODAY)
    assert message in caught.value.what


def test_a_provider_that_keeps_no_versions_holds_no_base() -> None:
    features = PROFILE.features.model_copy(update={"object_versioning": False})
    profile = PROFILE.model_copy(update={"features": features})
    with pytest.raises(PlanError, match="profile any keeps no versions of objects; take a provider"):
        make_data_plan(data(), profile, TODAY)
