"""[ci] `socle drift` on the live platform: clean scans in a row, then what is made by hand, and by whom.

Four scans of 5 to 8 s. SOCLE_DRIFT_SCANS: how many clean ones first, 20 in the nightly tier. What is made is
a sample of tests/drift/kinds.yaml that changes by date, all of it at once, and a lock whose user and request
nova keeps. test_drift_kinds.py makes each kind alone.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from socle.drift.declared import Expectation
from tests.cloud.drifting import answered, beside_the_last, checks, made, scan, version, wrong
from tests.cloud.live import CLOUD, NAME, SOCLE, run
from tests.drift.seeds import sample, seeds, today

SCANS = int(os.environ.get("SOCLE_DRIFT_SCANS") or 2)
HOW_MANY = 4
# One server is locked beside them, and what is locked cannot be changed in other ways.
CHOSEN = sample((it for it in seeds() if not it.live and it.kind != "server"), today(), HOW_MANY)

pytestmark = pytest.mark.usefixtures("reading")


@pytest.mark.parametrize("number", range(1, max(SCANS, 2) + 1))
def test_scans_in_a_row_find_nothing(number: int) -> None:
    started = time.monotonic()
    code, records = scan()
    print(f"\n  scan {number} of the cloud: {len(records)} verdicts in {time.monotonic() - started:.1f} s")
    assert (code, wrong(records)) == (0, [])
    if number == max(SCANS, 2):
        run(SOCLE, "drift", "--cloud", CLOUD, "verify")


def test_what_is_made_by_hand_is_found_and_who_did_it_is_named(
    stands: Expectation, cloud: Any, manager: Any
) -> None:
    server = next(it for it in stands.things["server"] if it.name == f"{NAME}-services")
    path = f"/servers/{server.id}/action"
    with ExitStack() as undone:
        things = [undone.enter_context(made(seed, stands, cloud, manager)) for seed in CHOSEN]
        done = answered(cloud.compute.post(path, json={"lock": None}, **version("compute")))
        unlock = {"json": {"unlock": None}, **version("compute")}
        undone.callback(lambda: answered(cloud.compute.post(path, **unlock)))
        code, records = scan()
    found = [it for it in records if it["verdict"] == "fail"]
    print(f"\n  made at once: {', '.join(it.name for it in CHOSEN)}; found: {', '.join(wrong(found))}")
    assert code == 3
    wanted = {"drift-server.locked"}.union(*(checks(seed) for seed in CHOSEN))
    assert {it["check"] for it in found} == wanted, wrong(records)
    for seed, thing in zip(CHOSEN, things, strict=True):
        told = [it["target"] for it in found if it["check"] in checks(seed)]
        assert thing is None or all(thing.id in it for it in told), wrong(records)
    (lock,) = (it for it in found if it["check"] == "drift-server.locked")
    _, _, who = lock["evidence"].partition("; who and when: ")
    assert who.startswith(f"lock of server {server.id} at {datetime.now(UTC):%Y-%m-%d}T")
    # By name, which the reader of our domain lists, and by the request's number, which nova's log has too.
    assert f"by user hdh-platform ({cloud.current_user_id}), " in who
    assert f"request {done.headers['x-openstack-request-id']}" in who
    ended, changes = beside_the_last()
    assert (ended, changes.get("new", set()) | changes.get("still there", set())) == (3, wanted)


def test_nothing_is_left_of_it() -> None:
    code, records = scan()
    assert (code, wrong(records)) == (0, [])
    ended, changes = beside_the_last()
    assert (ended, set(changes)) == (0, {"gone"})
