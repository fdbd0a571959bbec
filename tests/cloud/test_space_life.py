"""A space's life on the real cloud: frozen, thawed, extended. Its end is test_space_erasure.py's.

The tables of this checkout are changed by the verbs themselves, and are as they were when the module ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.specification import load_space
from tests.cloud.live import CLOUD, NAME, ROOT, SOCLE, environment, on_host, run
from tests.cloud.space import (
    DESK,
    SPACE,
    STACK,
    rules,
    server,
    settled,
    tables_restored,
    verb,
    volume,
)

MARK = "/srv/work/mark"


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    with tables_restored():
        yield


def test_a_freeze_that_was_killed_goes_on(cloud: Any) -> None:
    on_host(DESK, f"echo kept | sudo tee {MARK} && sync")
    argv = [SOCLE, "space", "freeze", "--cloud", CLOUD, SPACE, "--yes"]
    began = subprocess.Popen(argv, cwd=ROOT, env=environment(), start_new_session=True)
    time.sleep(6)
    os.killpg(began.pid, signal.SIGKILL)
    began.wait()
    verb("freeze")
    found = server(cloud)
    assert (found.status, rules(cloud)) == ("SHUTOFF", [])
    assert volume(cloud).status == "in-use"
    settled()


def test_nobody_is_in_a_frozen_space() -> None:
    assert "kept" not in on_host(DESK, f"sudo cat {MARK}", check=False, fresh=True)
    listed = run("ansible", "hosts", "--list-hosts").stdout
    assert DESK not in listed
    assert f"{NAME}-bastion" in listed
    jumps = on_host(
        f"{NAME}-bastion", "sudo sshd -T -C user=automation,host=x,addr=127.0.0.1 | grep -i permitopen"
    )
    assert str(load_space(STACK).plan.transit[2]) not in jumps
    assert on_host(f"{NAME}-services", "id -un", fresh=True).strip()


def test_a_thawed_space_is_as_it_was(cloud: Any) -> None:
    before = server(cloud).id
    verb("thaw")
    assert server(cloud).id == before
    assert on_host(DESK, f"sudo cat {MARK}", fresh=True).strip() == "kept"
    settled()


def test_more_is_given_while_people_work(cloud: Any) -> None:
    verb("extend", "--until", "2030-06-30", "--base", "nomenclatures")
    assert on_host(DESK, f"sudo cat {MARK}", fresh=True).strip() == "kept"
    # What this cloud cannot do is refused before it is asked: cinder would leave the volume in an error.
    words = ("space", "extend", "--cloud", CLOUD, SPACE, "--volume", "work=2", "--yes")
    refused = run(SOCLE, *words, check=False)
    assert refused.returncode == 2
    assert "profile local does not have volume_growth" in refused.stderr
    assert (volume(cloud).size, volume(cloud).status) == (1, "in-use")
    settled()
