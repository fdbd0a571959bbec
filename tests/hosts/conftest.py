"""Hosts, their state (collected once a session, in parallel) and the file of records."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from socle.records import Record, append
from tests.hosts.catalogue import controls
from tests.hosts.checks import Host, State
from tests.hosts.inventory import InventoryError, hosts
from tests.hosts.remote import collect_all


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=None, help="replay a draw of mutations")
    parser.addoption("--records", type=Path, default=None, help="JSON Lines file for the records")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "declared" in metafunc.fixturenames:
        try:
            found: list[Host | InventoryError] = list(hosts())
        except InventoryError as error:
            found = [error]
        names = [h.name if isinstance(h, Host) else "no-inventory" for h in found]
        metafunc.parametrize("declared", found, ids=names, scope="session")
    if "control" in metafunc.fixturenames:
        metafunc.parametrize("control", controls(), ids=[c.id for c in controls()])


@pytest.fixture(scope="session")
def host_declared(declared: Host | InventoryError) -> Host:
    if isinstance(declared, InventoryError):
        pytest.fail(f"unproven: {declared}", pytrace=False)
    return declared


@pytest.fixture(scope="session")
def states() -> dict[str, State]:
    return collect_all(hosts())


@pytest.fixture(scope="session")
def records_file(request: pytest.FixtureRequest) -> Path:
    """Where this session's records go; a run starts the file anew."""
    state = Path(os.environ.get("SOCLE_STATE", Path.home() / ".local/state/socle"))
    default = state / "envs" / os.environ.get("SOCLE_STACK", "local-platform") / "records/hosts.jsonl"
    path = Path(request.config.getoption("--records", default=None) or default)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path


@pytest.fixture(scope="session")
def write(records_file: Path) -> object:
    def _write(record: Record) -> None:
        append(records_file, record)

    return _write
