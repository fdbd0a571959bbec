"""One checkout and the desk `staging` for all of these tests; a change of it that waits, approved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.changes.desk import SECRETS, Desk, checkout, employ, git


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the checkout and everybody's keys."""
    folder = tmp_path_factory.mktemp("office")
    project = checkout(folder / "checkout")
    employ(project, folder / "keys")
    git(project, "add", "--all")
    git(project, "commit", "-q", "-m", "The project")
    return folder


@pytest.fixture(scope="session")
def staging(office: Path) -> Desk:
    """With two files in its cloud."""
    desk = Desk("staging", office / "checkout", office, office / "keys")
    desk.open("anna", "bert")
    desk.configure(cloud=str(desk.cloud), names="one two", token=SECRETS[0])
    desk.pulumi("up", "--yes", "--skip-preview", "--stack", desk.stack)
    assert sorted(desk.made()) == ["one", "two"]
    return desk


@pytest.fixture(scope="session")
def approved(staging: Desk) -> str:
    """A change that waits to be applied."""
    staging.configure(size="2")
    change = staging.propose()
    staging.approve(change)
    return change


@pytest.fixture
def waiting(staging: Desk, approved: str) -> Iterator[str]:
    """A copy of it for one test, which shows that nothing was done."""
    name = f"{approved}-copy"
    shutil.copytree(staging.at(approved), staging.at(name))
    yield name
    shutil.rmtree(staging.at(name))
    assert {it["size"] for it in staging.made().values()} == {"1"}
