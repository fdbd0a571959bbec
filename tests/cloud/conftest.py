"""What the live tests share: one look at the machine and the work tree before anything was started."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from socle.env import describe
from socle.hosts.servers import connect
from tests.cloud.live import CLOUD, NAME, ROOT, environment, run, spaces
from tests.faults.orphans import Snapshot


@pytest.fixture(scope="session")
def machine_before() -> Snapshot:
    """The machine as it was before the first live test."""
    return Snapshot.take()


@pytest.fixture(scope="session")
def tree_before() -> str:
    """What git saw as changed before the first live test."""
    return work_tree()


@pytest.fixture(scope="module")
def cloud() -> Any:
    """The cloud's own answers, by the environment's credential."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setenv(name, value)
        return connect(describe(CLOUD))


def work_tree() -> str:
    """The work tree's changes as git lists them, also when the checkout belongs to another user than root."""
    git = ["git", "-c", "safe.directory=*", "status", "--porcelain"]
    return subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def hostile() -> Iterator[None]:
    """Root on the desk has opened its own firewall; afterwards everything is as the states say."""
    from tests.cloud.hostile import DESK
    from tests.cloud.probing import firewall_open

    with firewall_open(DESK):
        yield
    for stack in (f"{NAME}-platform", *spaces()):
        refresh = ("pulumi", "refresh", "--preview-only", "--expect-no-changes", "--non-interactive")
        run(*refresh, "--stack", stack)
