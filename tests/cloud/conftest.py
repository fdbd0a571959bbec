"""What the live tests share: one look at the machine and the work tree before anything was started."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from socle.drift import credential, engine
from socle.drift.declared import Expectation, expectation
from socle.env import describe
from socle.hosts.servers import connect
from tests.cloud.live import CLOUD, NAME, ROOT, SOCLE, environment, run, spaces
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


@pytest.fixture(scope="module")
def reading(manager: Any) -> Iterator[None]:
    """The credential that a scan reads with; its two users go again, for later tests look for leftovers."""
    run(SOCLE, "drift", "--cloud", CLOUD, "credential")
    yield
    domain = manager.session.auth.get_access(manager.session).domain_id
    for name in (f"{NAME}-drift", f"{NAME}-drift-domain"):
        for user in list(manager.identity.users(name=name, domain_id=domain)):
            manager.identity.delete_user(user)
    credential.file_of(describe(CLOUD)).unlink()


@pytest.fixture(scope="module")
def stands(cloud: Any) -> Expectation:
    """What the stacks declare; the environment is the platform's, as `cloud` set it for us."""
    assert cloud
    here = describe(CLOUD)
    return expectation({stack: engine.exported(here, stack) for stack in here.stacks})


@pytest.fixture(scope="module")
def manager() -> Any:
    """Our domain's manager."""
    return credential.entry(Path(environment()["OS_CLIENT_CONFIG_FILE"]), "customer")
