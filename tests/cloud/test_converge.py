"""Converging again changes nothing."""

from __future__ import annotations

import re

from tests.cloud.live import run
from tests.hosts.inventory import declared_hosts

RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)


def test_second_converge_changes_nothing() -> None:
    printed = run("ansible-playbook", "playbooks/site.yml", timeout=1200).stdout
    recap = {host: tuple(map(int, rest)) for host, *rest in RECAP.findall(printed)}
    assert recap.keys() == set(declared_hosts()), printed[-2000:]
    assert all(ok > 0 for ok, *_ in recap.values())
    assert {host: bad for host, (_, *bad) in recap.items() if any(bad)} == {}
