"""Who reaches what: in only through the bastion and with a pinned key; out only to declared targets."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from tests.cloud.live import BASTION, NAME, SERVICES, environment, on_host, outputs, run, spaces
from tests.cloud.probing import firewall_open, in_the_cloud, serving
from tests.hosts.inventory import declared_hosts

INSIDE = "198.18.255.1"  # what every embedded cloud offers its guests: packages and time
UNDECLARED_PORT = 9999
HOSTS = (BASTION, SERVICES)


def services_address() -> str:
    return next(str(host["address"]) for host in outputs()["hosts"] if host["name"] == SERVICES)


def probe(host: str, address: str, port: int) -> bool:
    """Whether a TCP connection from `host` opens within five seconds."""
    script = f"timeout 5 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null && echo open || echo closed"
    return on_host(host, script).split()[-1] == "open"


@pytest.fixture(scope="module", params=["both firewalls", "the cloud's groups alone"])
def walls(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each of the two firewalls must refuse alone: the second round takes the hosts' own away."""
    with firewall_open(*(HOSTS if request.param != "both firewalls" else ())):
        yield


@pytest.fixture(scope="module")
def undeclared_service() -> Iterator[None]:
    """A server on the services host that no flow declares: without one, a closed port would prove nothing."""
    unit = "socle-probe"
    on_host(SERVICES, f"sudo systemd-run --quiet --unit={unit} python3 -m http.server 80")
    until = time.monotonic() + 60
    while not probe(SERVICES, "127.0.0.1", 80):
        assert time.monotonic() < until, "the server on the services host does not answer"
    yield
    on_host(SERVICES, f"sudo systemctl stop {unit}.service")


@pytest.fixture
def undeclared_listener() -> Iterator[None]:
    """A server on the outside that answers, but that no flow declares."""
    server = ("/usr/bin/python3", "-m", "http.server", "--bind", INSIDE, str(UNDECLARED_PORT))
    with serving(*server, address=INSIDE, port=UNDECLARED_PORT):
        yield


def test_every_host_answers_by_name() -> None:
    for host in declared_hosts():
        assert on_host(host, "hostname", fresh=True).strip() == host


def test_a_host_with_another_key_is_refused(tmp_path: Path) -> None:
    pinned = Path(environment()["SOCLE_SSH_DIR"], "known_hosts").read_text()
    other = tmp_path / "other"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other))
    forged = other.with_suffix(".pub").read_text().split()[1]
    known = tmp_path / "known_hosts"
    known.write_text("\n".join(" ".join([*line.split()[:2], forged]) for line in pinned.splitlines()) + "\n")
    target = f"automation@{outputs()['bastion_address']}"
    key = str(Path(environment()["SOCLE_SSH_DIR"], "id_ed25519"))
    options = ["-i", key, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ControlPath=none"]
    refused = run("ssh", *options, "-o", f"UserKnownHostsFile={known}", target, "true", check=False)
    assert refused.returncode == 255
    assert "Host key verification failed" in refused.stderr


def test_only_the_bastion_has_an_address_outside() -> None:
    printed = run("openstack", "floating", "ip", "list", "-f", "json").stdout
    transits = [IPv4Network(outputs(space)["transit"]) for space in spaces()]
    addresses = [IPv4Address(ip["Floating IP Address"]) for ip in json.loads(printed)]
    outside = [str(it) for it in addresses if not any(it in transit for transit in transits)]
    assert outside == [outputs()["bastion_address"]]


@pytest.mark.usefixtures("walls")
def test_services_is_not_reached_from_the_external_network() -> None:
    """Somebody on the external network who routes towards the inside finds the bastion and nothing else."""
    outside = in_the_cloud()
    shown = json.loads(run("openstack", "router", "show", f"{NAME}-edge", "-f", "json").stdout)
    gateway = shown["external_gateway_info"]["external_fixed_ips"][0]["ip_address"]
    addresses = json.loads(run(*outside, "ip", "-j", "-4", "address", "show", "scope", "global").stdout)
    # Where the filter leaves nothing, `ip` prints empty entries.
    present = [entry.get("local", "") for link in addresses for entry in link.get("addr_info", ())]
    operator = next(a for a in present if a.startswith("198.18.") and a != INSIDE)

    def opens(address: str) -> bool:
        """From an address that may reach the bastion: what is refused is the target, not the source."""
        code = f"import socket; socket.create_connection(('{address}', 22), 5, ('{operator}', 0))"
        return run(*outside, "/usr/bin/python3", "-c", code, check=False).returncode == 0

    route = (f"{services_address()}/32", "via", gateway)
    run(*outside, "ip", "route", "add", *route)
    try:
        assert opens(outputs()["bastion_address"])
        assert not opens(services_address())
    finally:
        run(*outside, "ip", "route", "del", *route)


@pytest.mark.usefixtures("walls", "undeclared_service")
def test_bastion_reaches_ssh_and_nothing_else_on_services() -> None:
    assert probe(BASTION, services_address(), 22)
    assert not probe(BASTION, services_address(), 80)


@pytest.mark.usefixtures("walls")
def test_services_does_not_reach_back_to_the_bastion() -> None:
    bastion = next(host["address"] for host in outputs()["hosts"] if host["name"] == BASTION)
    assert not probe(SERVICES, bastion, 22)


@pytest.mark.usefixtures("walls", "undeclared_listener")
def test_only_who_fetches_packages_for_others_reaches_outside_and_no_undeclared_server() -> None:
    for host in HOSTS:
        assert probe(host, INSIDE, 3142) is (host == SERVICES)
        assert not probe(host, INSIDE, UNDECLARED_PORT)


def test_login_needs_the_key(tmp_path: Path) -> None:
    known = Path(environment()["SOCLE_SSH_DIR"], "known_hosts")
    target = f"automation@{outputs()['bastion_address']}"
    options = f"-F none -i {tmp_path}/none -o IdentitiesOnly=yes -o BatchMode=yes -o ControlPath=none"
    refused = run(
        "ssh", *shlex.split(options), "-o", f"UserKnownHostsFile={known}", target, "true", check=False
    )
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr
