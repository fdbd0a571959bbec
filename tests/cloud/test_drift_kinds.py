"""[nightly] Each kind of drift made by hand on the live platform, alone: found, said to be new, undone.

A sample of tests/drift/kinds.yaml that changes by date; SOCLE_DRIFT=all makes every kind that can be tried
live. Beside each it says whether a plain `pulumi refresh` finds it. What the scan's credential may not do,
and what is said while a run is at work, are tried here too.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from socle.drift import credential, engine
from socle.drift.declared import Expectation
from socle.drift.thing import Declared
from socle.env import describe
from socle.local.turns import only_one
from tests.cloud.drifting import beside_the_last, checks, made, scan, wrong
from tests.cloud.live import CLOUD, NAME
from tests.drift.seeds import Seed, seeds, today

HOW_MANY = 6
LIVE = [seed for seed in seeds() if not seed.live]
# The same things every day, and others than yesterday.
CHOSEN = LIVE if os.environ.get("SOCLE_DRIFT") == "all" else random.Random(today()).sample(LIVE, HOW_MANY)  # noqa: S311


@pytest.mark.usefixtures("reading")
def test_the_credential_writes_nothing_and_reads_no_secret(cloud: Any) -> None:
    entry = credential.reading(describe(CLOUD))()
    network = next(iter(cloud.network.networks(project_id=cloud.current_project_id)))
    attempts: list[Callable[[], Any]] = [
        lambda: entry.network.put(f"/networks/{network.id}", json={"network": {"description": "x"}}),
        lambda: entry.network.post("/networks", json={"network": {"name": "rogue"}}),
        lambda: entry.object_store.put("/rogue"),
        lambda: entry.object_store.get(f"/{NAME}-records"),
        lambda: entry.compute.post("/os-keypairs", json={"keypair": {"name": "rogue"}}),
    ]
    secrets = list(cloud.key_manager.secrets())
    attempts += [
        lambda path=path: entry.key_manager.get(path, headers={"Accept": "application/octet-stream"})
        for secret in secrets[:1]
        for path in (
            f"/secrets/{secret.id.rpartition('/')[2]}/payload",
            f"/secrets/{secret.id.rpartition('/')[2]}",
        )
    ]
    assert secrets, "no volume has a key: the refusal of a payload was not tried"
    answers = [attempt().status_code for attempt in attempts]
    assert all(code in (401, 403) for code in answers), answers
    # The twins: the same credential lists what it may.
    assert entry.network.get("/networks").status_code == 200
    assert entry.key_manager.get("/secrets").status_code == 200


@pytest.mark.usefixtures("reading")
@pytest.mark.parametrize("seed", CHOSEN, ids=lambda seed: seed.name)
def test_what_is_made_by_hand_is_found_and_undone(
    seed: Seed, stands: Expectation, cloud: Any, manager: Any
) -> None:
    with made(seed, stands, cloud, manager) as thing:
        code, records = scan()
        refreshed = sees_refresh(thing)
    found = [it for it in records if it["verdict"] == "fail"]
    assert code == 3
    assert {it["check"] for it in found} == checks(seed), wrong(records)
    ended, changes = beside_the_last()
    assert (ended, changes.get("new", set()) | changes.get("still there", set())) == (3, checks(seed))
    assert not {"turned unproven", "still unproven"} & set(changes)
    print(f"\n  {seed.name}: socle drift finds it; plain pulumi refresh {refreshed}")
    if thing is not None:
        assert all(thing.id in it["target"] or it["target"].endswith(thing.id) for it in found), wrong(
            records
        )


@pytest.mark.usefixtures("reading")
def test_what_is_read_while_a_run_is_at_work_is_unproven_and_says_whose() -> None:
    with only_one(describe(CLOUD).folder / "run.lock"):
        code, records = scan()
    unproven = [it for it in records if it["verdict"] == "unproven"]
    assert code == 4
    assert {it["check"] for it in unproven} >= {"drift-lock", "drift-server-unproven", "drift-port-unproven"}
    assert all(
        f"process {os.getpid()} on this machine works on it since" in it["evidence"] for it in unproven
    )


@pytest.mark.usefixtures("reading")
def test_nothing_is_left_of_it() -> None:
    code, records = scan()
    assert (code, wrong(records)) == (0, [])
    ended, changes = beside_the_last()
    assert (ended, set(changes)) == (0, {"gone"})


def sees_refresh(thing: Declared | None) -> str:
    """Whether `pulumi refresh` of the thing's stack, or the platform's, finds a change, and in what."""
    stack = thing.stack if thing is not None and thing.stack else f"{NAME}-platform"
    records = [it for it in engine.refresh(describe(CLOUD), stack) if it.verdict != "pass"]
    fields = [f"{it.check} {it.target}" for it in records if it.verdict == "fail"]
    if fields:
        return f"does: {', '.join(fields)}"
    # The provider takes a route that is gone for an error of its own.
    return f"ends with an error: {records[0].evidence[:200]}" if records else "does not"
