"""A space's life on the real cloud: frozen, thawed, extended, closed, opened again on what it held.

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
from infra.stackfile import space_of, stack_file
from socle.hosts.servers import connect
from tests.cloud.live import (
    CLOUD,
    NAME,
    ROOT,
    SOCLE,
    describe,
    environment,
    on_host,
    outputs,
    run,
    show,
    spaces,
)

STACK = spaces()[0]
SPACE, DESK = space_of(STACK), f"{NAME}-{space_of(STACK)}-desk"
MARK = "/srv/work/mark"


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    before = stack_file(STACK).read_text(encoding="utf-8")
    yield
    stack_file(STACK).write_text(before, encoding="utf-8")


def verb(*words: str) -> None:
    assert show(SOCLE, "space", words[0], "--cloud", CLOUD, SPACE, *words[1:], "--yes") == 0


@pytest.fixture(scope="module")
def cloud() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setenv(name, value)
        return connect(describe(CLOUD))


def server(cloud: Any) -> Any:
    """The space's workstation, or None."""
    return next((one for one in cloud.compute.servers(details=True) if one.name == DESK), None)


def rules(cloud: Any) -> list[str]:
    """What the space's own security groups let through."""
    own = [group for group in cloud.network.security_groups() if group.name.startswith(f"{NAME}-{SPACE}-")]
    return [
        rule.id for group in own for rule in cloud.network.security_group_rules(security_group_id=group.id)
    ]


def volume(cloud: Any) -> Any:
    return next(one for one in cloud.block_storage.volumes() if one.name == f"{DESK}-work")


def settled() -> None:
    """The stack says what its file says, and the cloud what the stack says."""
    run("pulumi", "preview", "--stack", STACK, "--expect-no-changes", "--non-interactive")
    refresh = ("pulumi", "refresh", "--stack", STACK, "--preview-only", "--expect-no-changes")
    run(*refresh, "--non-interactive")


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
    assert "kept" not in on_host(DESK, f"cat {MARK}", check=False)
    listed = run("ansible", "hosts", "--list-hosts").stdout
    assert DESK not in listed
    assert f"{NAME}-bastion" in listed
    jumps = on_host(
        f"{NAME}-bastion", "sudo sshd -T -C user=automation,host=x,addr=127.0.0.1 | grep -i permitopen"
    )
    assert str(load_space(STACK).plan.transit[2]) not in jumps
    assert on_host(f"{NAME}-services", "id -un").strip()


def test_a_thawed_space_is_as_it_was(cloud: Any) -> None:
    before = server(cloud).id
    verb("thaw")
    assert server(cloud).id == before
    assert on_host(DESK, f"cat {MARK}").strip() == "kept"
    settled()


def test_more_is_given_while_people_work(cloud: Any) -> None:
    verb("extend", "--until", "2030-06-30", "--base", "nomenclatures")
    assert on_host(DESK, f"cat {MARK}").strip() == "kept"
    # What this cloud cannot do is refused before it is asked: cinder would leave the volume in an error.
    words = ("space", "extend", "--cloud", CLOUD, SPACE, "--volume", "work=2", "--yes")
    refused = run(SOCLE, *words, check=False)
    assert refused.returncode == 2
    assert "profile local does not have volume_growth" in refused.stderr
    assert (volume(cloud).size, volume(cloud).status) == (1, "in-use")
    settled()


def test_a_closed_space_keeps_its_volume_and_its_containers_only(cloud: Any) -> None:
    verb("close")
    assert server(cloud) is None
    assert rules(cloud) == []
    assert volume(cloud).status == "available"
    names = {container.name for container in cloud.object_store.containers()}
    assert {f"{NAME}-{SPACE}-in", f"{NAME}-{SPACE}-out"} <= names
    assert not [net for net in cloud.network.networks() if net.name.startswith(f"{NAME}-{SPACE}")]
    settled()


def test_what_it_held_is_there_when_it_is_opened_again() -> None:
    verb("thaw")
    outputs.cache_clear()
    assert outputs(STACK)["phase"] == "open"
    assert on_host(DESK, f"cat {MARK}").strip() == "kept"
    settled()
