"""A line written on each host is in the collector's file of that host, and nobody can take it back there."""

from __future__ import annotations

import secrets
import time

import pytest

from tests.hosts.checks import Host
from tests.hosts.inventory import InventoryError
from tests.hosts.remote import root_shell

SECONDS = 90


@pytest.fixture
def collector(inventory: dict[str, Host] | InventoryError) -> Host:
    assert not isinstance(inventory, InventoryError), inventory
    found = [host for host in inventory.values() if "collector" in host.conditions]
    if not found:
        pytest.skip("no host has the role collector")
    return found[0]


def test_a_line_arrives_and_stays(found: Host | str, collector: Host) -> None:
    assert isinstance(found, Host), found
    word = secrets.token_hex(8)
    root_shell(found, f"logger -t socle-check {word}")
    folder = f"/srv/data/logs/{found.name}"
    end = time.monotonic() + SECONDS
    file = ""
    while not file and time.monotonic() < end:
        file = root_shell(collector, f"grep -l {word} {folder}/* || true").strip()
    assert file, f"{word} from {found.name} is in no file of {folder} after {SECONDS} s"
    root_shell(collector, "systemctl start socle-log-keep.service")
    for attempt in (f"truncate -s 0 {file}", f"rm {file}", f"mv {file} {file}.x", f"mv {folder} {folder}.x"):
        said = root_shell(collector, f"{attempt} 2>&1 || true")
        assert "Operation not permitted" in said, attempt
    assert word in root_shell(collector, f"grep {word} {file}")
