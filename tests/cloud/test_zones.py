"""A cloud gets a second zone while it runs; guests meet across; the zone is lost and comes back. [nightly]

On a cloud without the platform: what is shown is what `localcloud` promises by itself.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from socle.paths import cloud_dir
from tests.cloud.live import CLOUD, ROOT
from tests.cloud.two_zones import Server, Site, connect
from tests.faults.orphans import Snapshot

CLOUDS = cloud_dir(CLOUD) / "clouds.yaml"
SIZE = 4 << 20  # bytes
FETCH = (
    "import hashlib, sys, urllib.request as u; "
    "print(hashlib.sha256(u.urlopen(sys.argv[1]).read()).hexdigest())"
)


def localcloud(*arguments: str) -> int:
    """The exit code of a verb on this test's cloud, which says what it does."""
    command = [sys.executable, "-m", "localcloud", *arguments, "--name", CLOUD]
    return subprocess.run(command, cwd=ROOT, timeout=1800, check=False).returncode


def processes() -> dict[str, int]:
    """What runs and is ready, by name, with its process id."""
    command = [sys.executable, "-m", "localcloud", "status", "--json", "--name", CLOUD]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False).stdout
    return {entry["name"]: entry["pid"] for entry in json.loads(said)["processes"] if entry["ready"]}


def of_zone(number: int) -> dict[str, int]:
    return {name: pid for name, pid in processes().items() if ("@" in name) == (number == 2)}


@pytest.fixture(scope="module")
def one_zone(machine_before: Snapshot) -> Iterator[dict[str, int]]:
    """The processes of a cloud with one zone; whatever happens, it is wiped in the end."""
    assert machine_before
    localcloud("wipe")
    try:
        assert localcloud("up") == 0
        yield processes()
    finally:
        localcloud("wipe")


@pytest.fixture(scope="module")
def servers(one_zone: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> list[Server]:
    """One in each zone, both booted; the first before there was a second zone, the second with a volume."""
    assert one_zone
    site = Site(CLOUDS, tmp_path_factory.mktemp("zones"))
    site.prepare()
    first = site.start("nova")
    site.pin(first)
    first.wait()
    assert localcloud("up", "--zones", "2") == 0
    second = site.start("az2")
    site.attach_encrypted(second)
    site.pin(second)
    second.wait()
    return [first, second]


def test_the_first_zone_goes_on_while_the_second_is_added(
    one_zone: dict[str, int], servers: list[Server]
) -> None:
    assert of_zone(1) == one_zone
    assert {"nova-compute@az2", "libvirtd@az2", "ovn-controller@az2", "reach@az2"} <= of_zone(2).keys()
    assert servers[0].answers()


def test_each_server_is_in_its_zone_on_a_hypervisor_of_its_own(servers: list[Server]) -> None:
    compute = connect(CLOUDS, "admin").compute
    found = [compute.get_server(server.id) for server in servers]
    assert [(it.availability_zone, it.compute_host) for it in found] == [
        ("nova", "hypervisor-1"),
        ("az2", "hypervisor-2"),
    ]
    assert {it.name: it.hosts for it in compute.aggregates()} == {
        "nova": ["hypervisor-1"],
        "az2": ["hypervisor-2"],
    }


def test_guests_of_one_network_meet_across_the_zones(servers: list[Server]) -> None:
    # 4 MiB each way: packets of full size pass the tunnel, whose headers make them longer.
    for server in servers:
        server.ssh(
            f"head -c {SIZE} /dev/urandom >file; setsid python3 -m http.server 8000 >/dev/null 2>&1 & sleep 3"
        )
    here, there = servers
    for one, other in ((here, there), (there, here)):
        fetched = one.ssh(f"python3 -c {shlex.quote(FETCH)} http://{other.private}:8000/file")
        assert fetched.split() == other.ssh("sha256sum <file").split()[:1]


def test_a_guest_of_the_second_zone_reaches_the_packages_like_any_other(servers: list[Server]) -> None:
    look = "import socket; print(socket.create_connection(('198.18.255.1', 3142), 10).getpeername()[1])"
    assert servers[1].ssh(f"python3 -c {shlex.quote(look)}") == "3142\n"


def test_a_lost_zone_takes_nothing_else_with_it_and_comes_back(
    one_zone: dict[str, int], servers: list[Server]
) -> None:
    servers[1].ssh("echo kept | sudo dd of=/dev/vdb conv=fsync 2>/dev/null")
    assert localcloud("lose-zone", "2") == 0
    assert not servers[1].answers()
    assert servers[0].answers()
    assert of_zone(1) == one_zone
    assert set(of_zone(2)) == {"reach@az2", "underlay-address-of-first@az2"}
    assert localcloud("up") == 0
    servers[1].wait()
    assert servers[1].ssh("sudo head -c 5 /dev/vdb") == "kept\n"
    assert of_zone(1) == one_zone


def test_a_stopped_cloud_comes_back_with_both_zones(servers: list[Server]) -> None:
    assert localcloud("down") == 0
    assert localcloud("up") == 0
    assert "nova-compute@az2" in of_zone(2)
    for server in servers:
        server.wait()


def test_fewer_zones_than_stand_are_refused(servers: list[Server]) -> None:
    assert servers
    assert localcloud("up", "--zones", "1") == 2


def test_nothing_of_either_zone_is_left(machine_before: Snapshot, servers: list[Server]) -> None:
    assert servers
    assert {f"socle-{CLOUD}", f"socle-{CLOUD}.az2"} <= Snapshot.take().namespaces
    assert localcloud("wipe") == 0
    time.sleep(1)  # the kernel removes the namespace's veth after its last reference
    assert Snapshot.take().left_since(machine_before) == {}
    assert not CLOUDS.parent.exists()
