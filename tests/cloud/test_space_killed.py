"""Extend, thaw and close, killed outright in every step and said again, end as if nothing had been. [nightly]

Freeze and erase are killed in `make test`: test_space_life.py, test_space_erasure.py. The kills of a verb
come one after the other, so that each run goes on from what the one before left. In the end the space is
closed; the tables are as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.specification import load_space
from socle.space.credential import read
from socle.space.key import folder
from socle.state.locks import held
from socle.state.store import open_store
from tests.cloud.live import environment, on_host, outputs
from tests.cloud.space import (
    DESK,
    OWN,
    STACK,
    killed,
    rules,
    server,
    settled,
    tables_restored,
    verb,
    volume,
)
from tests.faults import judge

MARK = "/srv/work/killed"
# Title of a step, a program that has to run (the provider: resources are on their way), seconds after that.
EXTEND = (
    ("Provision", "pulumi-resource", 2),
    ("Renew", "", 1),
    ("Tell", "", 15),
    ("Harden", "", 20),
    ("Check", "", 5),
)
THAW = (
    ("Provision", "pulumi-resource", 3),
    ("Renew", "", 0.3),
    ("Tell", "", 15),
    ("Harden", "", 40),
    ("Check", "", 5),
)
CLOSE = (
    ("Take", "", 0.5),
    ("Provision", "pulumi-resource", 1),
    ("Provision", "pulumi-resource", 5),
    ("Tell", "", 15),
)


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    with tables_restored():
        yield


@pytest.fixture(autouse=True)
def judged() -> Iterator[None]:
    """After each verb: program, state and cloud agree, nothing is orphaned, no lock is left."""
    yield
    settled()
    judge.nothing_is_orphaned()
    assert held(open_store(environment()["PULUMI_BACKEND_URL"]), STACK) == []


def test_an_extension(cloud: Any) -> None:
    on_host(DESK, f"echo kept | sudo tee {MARK} && sync")
    before = server(cloud).id
    words = ("extend", "--until", "2030-06-30", "--base", "nomenclatures")
    for moment in EXTEND:
        killed(*moment, *words)
    verb(*words)
    assert server(cloud).id == before
    assert on_host(DESK, f"sudo cat {MARK}", fresh=True).strip() == "kept"
    credentials = read(folder(Path(environment()["SOCLE_SSH_DIR"])), STACK)
    assert credentials is not None
    assert set(credentials.credentials) == {grant.project for grant in load_space(STACK).plan.grants}


def test_a_thaw(cloud: Any) -> None:
    before = server(cloud).id
    verb("freeze")
    assert (server(cloud).status, rules(cloud)) == ("SHUTOFF", [])
    for moment in THAW:
        killed(*moment, "thaw")
    verb("thaw")
    assert (server(cloud).id, server(cloud).status) == (before, "ACTIVE")
    assert on_host(DESK, f"sudo cat {MARK}", fresh=True).strip() == "kept"


def test_a_close(cloud: Any) -> None:
    for moment in CLOSE:
        killed(*moment, "close")
    verb("close")
    outputs.cache_clear()
    assert outputs(STACK)["phase"] == "closed"
    assert (server(cloud), rules(cloud)) == (None, [])
    assert volume(cloud).status == "available"
    assert not [net for net in cloud.network.networks() if net.name.startswith(OWN)]
