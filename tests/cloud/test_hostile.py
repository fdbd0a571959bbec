"""What root on a host of a project space may try, and that none of it passes. Each probe has a twin.

The twin opens just what was closed (rules as a line of flows.yaml would make them, a route, port security)
and is the same probe: one that could never succeed would prove nothing. The space's own firewall is opened
for all of them, since root there can do that; what must hold are the platform's walls.
"""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from ipaddress import IPv4Network, IPv6Address

import pytest

from infra.plan.addresses import gateway
from infra.plan.rules import Rule
from tests.cloud.live import BASTION, NAME, SERVICES, on_host, outputs, run, spaces
from tests.cloud.opened import Owned, admitted, cloud, land, opened, rules_of
from tests.cloud.probing import attempt, firewall_open, in_the_cloud, question, reached, serving, watching

SPACE = land().spaces[min(land().spaces)]
DESK = SPACE.hosts[0].name
PREFIX = f"{NAME}-{SPACE.name}"
INSIDE = "198.18.255.1"  # what every embedded cloud offers its guests: packages and time
METADATA = "169.254.169.254"
FOREIGN_MAC = "00:00:5e:00:01:2a"  # neutron lets no pair name another MAC than a virtual one of RFC 5798
EVERYWHERE = IPv4Network("0.0.0.0/0")

pytestmark = pytest.mark.usefixtures("hostile")
both = pytest.mark.parametrize("twin", [False, True], ids=["blocked", "twin"])


def when(twin: bool, context: AbstractContextManager[object]) -> AbstractContextManager[object]:
    return context if twin else nullcontext()


@pytest.fixture(scope="module")
def hostile() -> Iterator[None]:
    """Root on the desk has opened its own firewall; afterwards everything is as the states say."""
    with firewall_open(DESK):
        yield
    for stack in (f"{NAME}-platform", *spaces()):
        refresh = ("pulumi", "refresh", "--preview-only", "--expect-no-changes", "--non-interactive")
        run(*refresh, "--stack", stack)


def address_of(name: str) -> str:
    return next(str(placed.address) for placed in land().plan.hosts if placed.name == name)


# Zones


def targets() -> list[tuple[str, str, int]]:
    """A host of each zone that stands, its role, and a port that no flow opens to spaces."""
    found = {placed.zone: placed for placed in land().plan.hosts}
    return [(placed.name, placed.host.roles[0], 22) for placed in found.values()]


@both
@pytest.mark.parametrize(("host", "role", "port"), targets(), ids=[target[0] for target in targets()])
def test_a_zone(host: str, role: str, port: int, twin: bool) -> None:
    """Administration ports of every zone: they listen, for the bastion."""
    with when(twin, opened(rules_of("zone/spaces", f"role/{role}", port))), when(twin, firewall_open(host)):
        assert reached(DESK, address_of(host), port) is twin


# Other spaces


@both
@pytest.mark.parametrize("other", sorted(set(land().spaces) - {SPACE.name}))
def test_another_space(other: str, twin: bool) -> None:
    """Even both sides' groups have to be opened: no flow between spaces can be written."""
    there = land().spaces[other]
    host = there.hosts[0].name
    floating = next(it["floating"] for it in outputs(f"{NAME}-space-{other}")["hosts"] if it["name"] == host)
    rules: list[Owned] = [
        (PREFIX, Rule("zone/spaces", "egress", "tcp", 22, 22, there.transit)),
        (f"{NAME}-{other}", Rule("zone/spaces", "ingress", "tcp", 22, 22, SPACE.transit)),
    ]
    with when(twin, opened(rules)), when(twin, firewall_open(host)):
        assert reached(DESK, floating, 22) is twin
        assert not reached(DESK, str(there.hosts[0].address), 22)


# The outside and metadata


@contextmanager
def way_out() -> Iterator[None]:
    """The core router gets what it must never have, an external gateway; and spaces may send anywhere."""
    net = cloud().network
    core = net.find_router(f"{NAME}-core", ignore_missing=False)
    public = net.find_network("public", ignore_missing=False)
    with opened([(PREFIX, Rule("zone/spaces", "egress", "tcp", 1, 65535, EVERYWHERE))]):
        net.update_router(core, external_gateway_info={"network_id": public.id})
        try:
            yield
        finally:
            net.update_router(core, external_gateway_info={})


@pytest.fixture(scope="module")
def metadata_service() -> Iterator[None]:
    """Where a provider's metadata service would answer."""
    place = in_the_cloud("ip", "address")
    run(*place, "add", f"{METADATA}/32", "dev", "lo")
    try:
        server = ("/usr/bin/python3", "-m", "http.server", "--bind", METADATA, "80")
        with serving(*server, address=METADATA, port=80):
            yield
    finally:
        run(*place, "del", f"{METADATA}/32", "dev", "lo")


@both
@pytest.mark.usefixtures("metadata_service")
def test_outside_and_the_metadata_service(twin: bool) -> None:
    with when(twin, way_out()):
        assert reached(DESK, INSIDE, 3142) is twin
        assert reached(DESK, METADATA, 80) is twin


# Names that carry something out

OUTSIDE_RESOLVER = """
import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("198.18.255.1", 53))
print("ready", flush=True)
while True:
    asked, sender = one.recvfrom(4096)
    print(asked.hex(), flush=True)
    one.sendto(asked[:2] + b"\\x81\\x83" + asked[4:6] + b"\\0" * 6 + asked[12:], sender)
"""


@contextmanager
def a_resolver_that_asks() -> Iterator[None]:
    """Unbound as it must not be: it forwards whatever it is asked, and may."""
    own = "/etc/unbound/unbound.conf"
    forward = f'forward-zone:\\n  name: "."\\n  forward-addr: {INSIDE}\\n'
    worse = (
        f"sudo cp -p {own} {own}.kept && sudo sed -i -e '/do-not-query/d' -e '/local-zone: \".\"/d' {own} && "
        f"printf '{forward}' | sudo tee -a {own} >/dev/null && sudo systemctl restart unbound"
    )
    rule = Rule("role/resolver", "egress", "udp", 53, 53, IPv4Network(INSIDE))
    with opened([(NAME, rule)]), firewall_open(SERVICES):
        on_host(SERVICES, worse)
        try:
            yield
        finally:
            on_host(SERVICES, f"sudo mv {own}.kept {own} && sudo systemctl restart unbound")


@both
def test_names_that_carry_data_out(twin: bool) -> None:
    secret = secrets.token_hex(12)
    listen = in_the_cloud("/usr/bin/python3", "-c", OUTSIDE_RESOLVER)
    ask = {"port": 53, "hexed": question(f"{secret}.example.org")}
    with ExitStack() as stack:
        listener = stack.enter_context(subprocess.Popen(listen, text=True, stdout=subprocess.PIPE))
        stack.callback(listener.terminate)
        assert listener.stdout
        assert listener.stdout.readline() == "ready\n"
        stack.enter_context(when(twin, a_resolver_that_asks()))
        answers = attempt(
            DESK, ("ask", {**ask, "address": address_of(SERVICES)}), ("ask", {**ask, "address": INSIDE})
        )
        listener.terminate()
        carried = secret.encode().hex() in listener.stdout.read()
    assert answers[0], "the resolver does not answer at all: nothing was tried"
    assert not answers[1], "a resolver outside was asked directly"
    assert carried is twin


# Other addresses than one's own


def sent_as(source: str, mac: str) -> bool:
    """Whether a datagram sent under these arrives at the services host, at a port that spaces may use."""
    token = secrets.token_hex(12)
    said = {
        "source": source,
        "mac": mac,
        "gateway": str(gateway(SPACE.subnet)),
        "target": address_of(SERVICES),
        "port": 53,
        "token": token,
    }
    with watching(SERVICES, token, seconds=12) as seen:
        assert attempt(DESK, ("send_as", said)) == ["sent"]
    return bool(seen)


@contextmanager
def port_allows(address: str, mac: str) -> Iterator[None]:
    port = next(iter(cloud().network.ports(name=DESK)))
    pair = {"ip_address": address} | ({"mac_address": mac} if mac else {})
    with admitted(port, **pair):
        yield


SPOOFED = {
    "the bastion's address": (address_of(BASTION), ""),
    "another space's transit": (str(SPACE.transit.broadcast_address + 6), ""),
    "a second interface": (str(SPACE.subnet[40]), FOREIGN_MAC),
}


def test_its_own_address_arrives() -> None:
    assert sent_as(str(SPACE.hosts[0].address), "")


@both
@pytest.mark.parametrize("name", SPOOFED)
def test_another_address_than_its_own(name: str, twin: bool) -> None:
    address, mac = SPOOFED[name]
    with when(twin, port_allows(address, mac)):
        assert sent_as(address, mac) is twin


# IPv6


def link_local(mac: str) -> str:
    """RFC 4291, appendix A: the address that an interface makes of its MAC."""
    parts = bytes.fromhex(mac.replace(":", ""))
    whole = bytes([parts[0] ^ 2]) + parts[1:3] + b"\xff\xfe" + parts[3:]
    return str(IPv6Address(b"\xfe\x80" + bytes(6) + whole))


@both
def test_ipv6_link_local(twin: bool) -> None:
    """The space's router has such an address; groups and port security both refuse what leads to it."""
    net = cloud().network
    router = net.find_router(PREFIX, ignore_missing=False)
    port = next(it for it in net.ports(device_id=router.id) if it.device_owner == "network:router_interface")
    group = net.find_security_group(f"{PREFIX}-zone-spaces", ignore_missing=False)
    said = {"direction": "egress", "ethertype": "IPv6", "protocol": "ipv6-icmp"}
    made = net.create_security_group_rule(security_group_id=group.id, **said) if twin else None
    own = next(iter(net.ports(name=DESK)))
    try:
        with when(twin, admitted(own, ip_address=link_local(own.mac_address))):
            assert attempt(DESK, ("ping6", {"target": link_local(port.mac_address)})) == [twin]
    finally:
        if made:
            net.delete_security_group_rule(made.id)
