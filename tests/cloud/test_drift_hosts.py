"""`socle drift --only hosts` on live hosts: clean twice; all of host_kinds.yaml at once; clean. [nightly]

Everything is made on one host by shell as root, told at the right thing and nothing else, and undone; the
other hosts must stay clean meanwhile. SOCLE_DRIFT_HOST names the host: the services host, whose roles are
most, if not.
"""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import pytest

from tests.cloud.live import CLOUD, SERVICES, SOCLE, on_host, run
from tests.drift.host_seeds import HostSeed, host_seeds

HOST = os.environ.get("SOCLE_DRIFT_HOST") or SERVICES


def scan() -> list[dict[str, Any]]:
    """Records of what is declared, without the catalogue's own checks."""
    started = time.monotonic()
    words = ("drift", "--cloud", CLOUD, "--only", "hosts", "--format", "json")
    done = run(SOCLE, *words, check=False, timeout=1200)
    assert done.returncode in (0, 3, 4), done.stderr[-2000:]
    records: list[dict[str, Any]] = json.loads(done.stdout)["records"]
    print(f"\n  {len(records)} records in {time.monotonic() - started:.0f} s")
    return [it for it in records if it["check"].startswith("drift-")]


def wrong(records: list[dict[str, Any]]) -> list[str]:
    return [
        f"{it['verdict']} {it['check']} {it['target']}: {it['evidence']} "
        f"({it.get('expected')}; {it.get('observed')})"
        for it in records
        if it["verdict"] in ("fail", "unproven")
    ]


def as_root(command: str) -> None:
    packed = base64.b64encode(f"umask 022; {command}".encode()).decode()
    on_host(HOST, f"echo {packed} | base64 -d | sudo -n sh -e", timeout=300)


def missed(seed: HostSeed, failures: list[dict[str, Any]]) -> list[str]:
    return [
        f"{seed.name}: {find.check} {find.thing}"
        for find in seed.finds
        if not any(it["check"] == find.check and find.is_about(it["target"]) for it in failures)
    ]


@pytest.mark.parametrize("number", [1, 2])
def test_hosts_are_as_declared(number: int) -> None:
    records = scan()
    assert wrong(records) == [], number
    assert {it["verdict"] for it in records} <= {"pass", "waived"}


def test_everything_made_by_hand_is_found_and_nothing_else() -> None:
    done: list[HostSeed] = []
    try:
        for seed in host_seeds():
            done.append(seed)
            as_root(seed.do)
        failures = [it for it in scan() if it["verdict"] == "fail"]
    finally:
        left = []
        for seed in reversed(done):
            try:
                as_root(seed.undo)
            except AssertionError as error:
                left.append(f"{seed.name}: {error}")
        as_root("systemctl daemon-reload")
    assert not left
    assert [line for seed in host_seeds() for line in missed(seed, failures)] == []
    expected = sum(len(seed.finds) for seed in host_seeds())
    assert len(failures) == expected, wrong(failures)
    assert all(it["target"].startswith(f"{HOST}: ") for it in failures), wrong(failures)


def test_nothing_is_left_of_it() -> None:
    assert wrong(scan()) == []
