"""A host and a verdict on one section of its state, for the tests of the checks."""

from __future__ import annotations

from datetime import date
from typing import Any

from socle.records import Verdict
from tests.hosts.catalogue import Control, controls, waivers
from tests.hosts.checks import Host, State
from tests.hosts.judge import judge

FLOW = {"protocol": "tcp", "ports": "22", "remote": ["10.0.1.0/24"], "flows": ["bastion-to-services"]}
HOST = Host(
    "h",
    "10.0.2.4",
    22,
    "automation",
    "",
    ("always", "not_bastion"),
    input=(FLOW,),
    time_servers=("198.18.255.1",),
)
TODAY = waivers()[0].granted


def by_id(name: str) -> Control:
    return next(c for c in controls() if c.id == name)


def verdict(name: str, section: str, value: Any, host: Host = HOST, today: date = TODAY) -> Verdict:
    return judge(by_id(name), host, State({section: {"value": value}}), today=today).verdict
