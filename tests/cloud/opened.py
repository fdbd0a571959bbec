"""Opens for a moment what no flow opens: the twins of hostile probes, which show that the probe can succeed.

The rules are the planner's, made of a flow as flows.yaml could have it; they are added by the cloud's API.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from infra.config import Flow
from infra.plan.landscape import Landscape
from infra.plan.rules import Places, Rule, flow_rules
from socle.env import describe
from socle.flows.environment import read
from socle.hosts.servers import connect
from tests.cloud.live import CLOUD, NAME, environment

Owned = tuple[str, Rule]
"""A rule, and the start of its group's name: the environment's, and the space's where it is a space's."""


@cache
def land() -> Landscape:
    """The environment under test, as its tables plan it."""
    return read(environment()["SOCLE_STACK"]).land


@cache
def cloud() -> Any:
    """A connection with the platform's credential."""
    return connect(describe(CLOUD))


def rules_of(source: str, target: str, port: int, protocol: str = "tcp") -> list[Owned]:
    """What a line of the table would open, on both sides."""
    flow = Flow.model_validate(
        {
            "name": "twin",
            "from": source,
            "to": target,
            "protocol": protocol,
            "ports": (port,),
            "reason": "The twin of a probe that must not pass",
            "clause": "secnumcloud-3.2:13.2.a",
            "owner": "platform-team",
        }
    )
    places: list[tuple[str, Places]] = [(NAME, land().plan.places)]
    places += [(f"{NAME}-{space.name}", space.places) for space in land().spaces.values()]
    return [(prefix, rule) for prefix, where in places for rule in flow_rules(flow, where)]


@contextmanager
def opened(rules: Iterable[Owned], ethertype: str = "IPv4") -> Iterator[None]:
    """The rules stand while the block runs, and are gone after it."""
    net, made = cloud().network, []
    try:
        for prefix, rule in rules:
            kind, _, what = rule.group.partition("/")
            group = net.find_security_group(f"{prefix}-{kind}-{what}", ignore_missing=False)
            made.append(
                net.create_security_group_rule(
                    security_group_id=group.id,
                    direction=rule.direction,
                    ethertype=ethertype,
                    protocol=rule.protocol,
                    port_range_min=rule.first,
                    port_range_max=rule.last,
                    remote_ip_prefix=str(rule.remote),
                )
            )
        yield
    finally:
        for rule_made in made:
            net.delete_security_group_rule(rule_made.id)


@contextmanager
def admitted(port: Any, **pair: str) -> Iterator[None]:
    """A neutron port may send under another address while the block runs: what port security forbids."""
    net = cloud().network
    net.update_port(port.id, allowed_address_pairs=[pair])
    try:
        yield
    finally:
        net.update_port(port.id, allowed_address_pairs=[])
