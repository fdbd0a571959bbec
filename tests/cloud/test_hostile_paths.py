"""Where root on a host of a project space may try to go, and that it gets nowhere. Each probe has a twin.

The twin opens just what was closed (rules as a line of flows.yaml would make them, a route) and is the same
probe: one that could never succeed would prove nothing. The space's own firewall is opened for all of them,
since root there can do that, and in the second round its groups too: the platform's side has to suffice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network

import pytest

from infra.plan.rules import Rule
from tests.cloud.hostile import DESK, INSIDE, PREFIX, SPACE, address_of, sides, when
from tests.cloud.live import NAME, outputs, run
from tests.cloud.opened import Owned, cloud, land, opened, rules_of
from tests.cloud.probing import firewall_open, in_the_cloud, reached, serving

pytestmark = pytest.mark.usefixtures("hostile")
METADATA = "169.254.169.254"
EVERYWHERE = IPv4Network("0.0.0.0/0")


def targets() -> list[tuple[str, str, int]]:
    """A host of each zone that stands, its role, and a port that no flow opens to spaces."""
    found = {placed.zone: placed for placed in land().plan.hosts}
    return [(placed.name, placed.host.roles[0], 22) for placed in found.values()]


def ours_of(rules: list[Owned], opening: str) -> list[Owned]:
    """Those of the rules that are to be opened."""
    return [
        rule
        for rule in rules
        if opening == "both sides" or (opening, rule[0]) == ("the space's side", PREFIX)
    ]


@sides
@pytest.mark.parametrize(("host", "role", "port"), targets(), ids=[target[0] for target in targets()])
def test_a_zone(host: str, role: str, port: int, opening: str) -> None:
    """Administration ports of every zone: they listen, for the bastion."""
    twin = opening == "both sides"
    rules = ours_of(rules_of("zone/spaces", f"role/{role}", port), opening)
    with opened(rules), when(twin, firewall_open(host)):
        assert reached(DESK, address_of(host), port) is twin


# Other spaces


@contextmanager
def route_to(other: str) -> Iterator[None]:
    """The core router gets what it must never have: a route to a space's own network."""
    net = cloud().network
    core, there = (net.find_router(f"{NAME}-{name}", ignore_missing=False) for name in ("core", other))
    hop = there.external_gateway_info["external_fixed_ips"][0]["ip_address"]
    routes = {"router": {"routes": [{"destination": str(land().spaces[other].subnet), "nexthop": hop}]}}
    net.add_extra_routes_to_router(core, routes)
    try:
        yield
    finally:
        net.remove_extra_routes_from_router(core, routes)


@sides
def test_another_space(opening: str) -> None:
    """Rules of both sides and a route have to be made by hand: no flow between spaces can be written.

    By its floating IP it is tried too, without a twin: a packet would meet connection tracking more often
    than the embedded cloud's datapath in user space allows (it drops "max recirculation depth exceeded").
    """
    other = next(iter(sorted(set(land().spaces) - {SPACE.name})), "")
    if not other:
        pytest.skip("one space stands in this environment; SIZE=full has two")
    twin = opening == "both sides"
    there = land().spaces[other]
    host = there.hosts[0].name
    floating = next(it["floating"] for it in outputs(f"{NAME}-space-{other}")["hosts"] if it["name"] == host)
    rules: list[Owned] = [
        (PREFIX, Rule("zone/spaces", "egress", "tcp", 22, 22, there.subnet)),
        (PREFIX, Rule("zone/spaces", "egress", "tcp", 22, 22, there.transit)),
        (f"{NAME}-{other}", Rule("zone/spaces", "ingress", "tcp", 22, 22, SPACE.transit)),
    ]
    with opened(ours_of(rules, opening)), when(twin, firewall_open(host)), when(twin, route_to(other)):
        assert reached(DESK, str(there.hosts[0].address), 22) is twin
        assert twin or not reached(DESK, floating, 22)


# The outside and metadata


@contextmanager
def way_out() -> Iterator[None]:
    """The core router gets what it must never have: an external gateway."""
    net = cloud().network
    core = net.find_router(f"{NAME}-core", ignore_missing=False)
    public = net.find_network("public", ignore_missing=False)
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


@sides
@pytest.mark.usefixtures("metadata_service")
def test_outside_and_the_metadata_service(opening: str) -> None:
    """A space that may send anywhere still has no route there."""
    twin = opening == "both sides"
    anywhere = [(PREFIX, Rule("zone/spaces", "egress", "tcp", 1, 65535, EVERYWHERE))]
    with opened(anywhere if opening != "nothing" else []), when(twin, way_out()):
        assert reached(DESK, INSIDE, 3142) is twin
        assert reached(DESK, METADATA, 80) is twin
