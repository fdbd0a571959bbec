"""Every declared flow passes and every other path is closed: all hosts scan all others.

What is expected comes from the flow table (`socle flows can`), what is found from the hosts themselves.
"""

from __future__ import annotations

from functools import cache

import pytest

from infra.config import port_range
from infra.plan.reach import can_reach
from socle.flows.environment import read
from tests.cloud.live import environment, outputs, spaces
from tests.cloud.opened import land
from tests.cloud.probing import attempt, question, scan
from tests.hosts.inventory import declared_hosts

OTHERS = (23, 80, 111, 443, 3128, 5432, 8081, 9100)  # nothing declares these
QUESTION = question("nowhere.internal")
NTP = "23" + "00" * 47  # RFC 5905, figure 8: a client's request, version 4


@cache
def seen_from(source: str) -> dict[str, str]:
    """Where each other host is, for this one."""
    found = {host["name"]: host["address"] for host in outputs()["hosts"]}
    for space in spaces():
        found |= {host["name"]: host["floating"] for host in outputs(space)["hosts"]}
    return {name: address for name, address in found.items() if name != source}


def ports() -> list[int]:
    """Every TCP port that some flow opens, and some that none does."""
    flows = [flow for flow in read(environment()["SOCLE_STACK"]).flows.flows if "tcp" in flow.protocols]
    declared = {first for flow in flows for first, _ in map(port_range, flow.ports)}
    return sorted({*declared, *OTHERS})


@pytest.mark.parametrize("source", declared_hosts())
def test_a_host_reaches_what_the_table_declares_and_nothing_else(source: str) -> None:
    places = seen_from(source)
    wanted = {
        (name, port)
        for name in places
        for port in ports()
        if can_reach(land(), source, name, "tcp", port).reachable
    }
    found = scan(source, [(address, port) for address in places.values() for port in ports()])
    reached = {
        (name, port) for name, at in places.items() for port in ports() if found[f"{at}:{port}"] != "nothing"
    }
    assert reached == wanted


@pytest.mark.parametrize("source", declared_hosts())
@pytest.mark.parametrize(("port", "datagram"), [(53, QUESTION), (123, NTP)], ids=["names", "time"])
def test_names_and_time_are_answered_where_the_table_says(source: str, port: int, datagram: str) -> None:
    places = seen_from(source)
    wanted = {name for name in places if can_reach(land(), source, name, "udp", port).reachable}
    asked = [
        ("ask", {"address": at, "port": port, "hexed": datagram, "seconds": 3}) for at in places.values()
    ]
    answers = dict(zip(places, attempt(source, *asked), strict=True))
    assert {name for name, answer in answers.items() if answer} == wanted
