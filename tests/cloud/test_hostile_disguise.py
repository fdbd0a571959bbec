"""What root on a host of a project space may disguise: data as names, itself as another. Each has a twin.

The twin opens just what was closed (a resolver that asks, port security) and is the same probe. The space's
own firewall is opened for all of them, since root there can do that.
"""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address

import pytest

from infra.plan.addresses import gateway
from infra.plan.rules import Rule
from tests.cloud.hostile import DESK, INSIDE, PREFIX, SPACE, address_of, both, when
from tests.cloud.live import BASTION, NAME, SERVICES, on_host
from tests.cloud.opened import admitted, cloud, opened
from tests.cloud.probing import attempt, firewall_open, in_the_cloud, question, watching

pytestmark = pytest.mark.usefixtures("hostile")
FOREIGN_MAC = "00:00:5e:00:01:2a"  # neutron lets no pair name another MAC than a virtual one of RFC 5798

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
        try:
            on_host(SERVICES, worse)
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


def sent_as(source: str, mac: str) -> str:
    """The address under which a datagram sent as these arrives at the services host; empty when it does not.

    It goes to a port that spaces may use, and one under the desk's own address follows it.
    """
    tried, own = secrets.token_hex(12), secrets.token_hex(12)
    way = {"gateway": str(gateway(SPACE.subnet)), "target": address_of(SERVICES), "port": 53}
    honest = {**way, "source": str(SPACE.hosts[0].address), "mac": "", "token": own}
    with watching(SERVICES, tried, own) as seen:
        sending = ("send_as", {**way, "source": source, "mac": mac, "token": tried}), ("send_as", honest)
        assert attempt(DESK, *sending) == ["sent", "sent"]
    assert IPv4Address(seen[own]) in SPACE.transit, "a space is known by its transit network"
    return seen.get(tried, "")


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


@both
@pytest.mark.parametrize("name", SPOOFED)
def test_another_address_than_its_own(name: str, twin: bool) -> None:
    address, mac = SPOOFED[name]
    with when(twin, port_allows(address, mac)):
        assert bool(sent_as(address, mac)) is twin


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
