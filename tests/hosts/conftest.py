"""Hosts, their state (collected once a session, in parallel) and the file of records.

Tests are named after the hosts that the stack declares, so that a host which the cloud does not have is
told as unproven instead of going unmentioned, and so that tests can be listed before the cloud stands.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from socle.paths import DEFAULT_CLOUD, env_dir
from socle.records import Record, append
from tests.hosts.catalogue import controls, waivers
from tests.hosts.checks import Host, State
from tests.hosts.inventory import InventoryError, declared_hosts, hosts
from tests.hosts.remote import collect_all, keep


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=None, help="replay a draw of mutations")
    parser.addoption("--states", default=None, help="keep what hosts answered in this file, for socle drift")
    parser.addoption("--records", type=Path, default=None, help="JSON Lines file for the records")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "declared" in metafunc.fixturenames:
        metafunc.parametrize("declared", declared_hosts(), scope="session")
    if "control" in metafunc.fixturenames:
        metafunc.parametrize("control", controls(), ids=[c.id for c in controls()])
    if "waiver" in metafunc.fixturenames:
        metafunc.parametrize("waiver", waivers(), ids=[w.control for w in waivers()])


@pytest.fixture(scope="session")
def inventory() -> dict[str, Host] | InventoryError:
    """The cloud's hosts by name, asked once a session, or why it could not be."""
    try:
        return {host.name: host for host in hosts()}
    except InventoryError as error:
        return error


@pytest.fixture(scope="session")
def found(declared: str, inventory: dict[str, Host] | InventoryError) -> Host | str:
    """A declared host as the inventory has it, or why nothing can be said about it."""
    if isinstance(inventory, InventoryError):
        return str(inventory)
    return inventory.get(declared, f"{declared} is declared, but the cloud has no such server; run `make up`")


def looked_at(items: Sequence[pytest.Item]) -> set[str]:
    """The hosts that these tests ask: a space's verb that checks its own must not ask three hundred others.

    A test of a waiver asks all of them: any may need it.
    """
    chosen: set[str] = set()
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "waiver" in parameters:
            return set(declared_hosts())
        if "declared" in parameters:
            chosen.add(parameters["declared"])
    return chosen


@pytest.fixture(scope="session")
def states(request: pytest.FixtureRequest, inventory: dict[str, Host] | InventoryError) -> dict[str, State]:
    kept = request.config.getoption("--states", default=None)
    hosts = {} if isinstance(inventory, InventoryError) else inventory
    chosen = looked_at(request.session.items)
    hosts = {name: host for name, host in hosts.items() if name in chosen}
    found = collect_all(hosts.values(), declared=kept is not None)
    if kept:
        absent = str(inventory) if isinstance(inventory, InventoryError) else "the cloud has no such server"
        keep(Path(kept), hosts, found, dict.fromkeys(sorted(chosen), absent))
    return found


@pytest.fixture(scope="session")
def records_file(request: pytest.FixtureRequest) -> Path:
    """Where this session's records go; a run starts the file anew."""
    default = env_dir(os.environ.get("SOCLE_CLOUD", DEFAULT_CLOUD)) / "records/hosts.jsonl"
    path = Path(request.config.getoption("--records", default=None) or default)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path


@pytest.fixture(scope="session")
def write(records_file: Path) -> object:
    def _write(record: Record) -> None:
        append(records_file, record)

    return _write
