"""Converging again changes nothing, and hosts let people in after a reboot."""

from __future__ import annotations

import re

from tests.cloud.live import SERVICES, on_host, run
from tests.hosts.inventory import declared_hosts

RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)


def test_second_converge_changes_nothing() -> None:
    printed = run("ansible-playbook", "playbooks/site.yml", timeout=1200).stdout
    recap = {host: tuple(map(int, rest)) for host, *rest in RECAP.findall(printed)}
    assert recap.keys() == set(declared_hosts()), printed[-2000:]
    assert all(ok > 0 for ok, *_ in recap.values())
    assert {host: bad for host, (_, *bad) in recap.items() if any(bad)} == {}


def test_login_and_sudo_after_a_reboot() -> None:
    hosts = declared_hosts()
    before = {host: on_host(host, "cat /proc/sys/kernel/random/boot_id") for host in hosts}
    run("ansible-playbook", "playbooks/reboot.yml", timeout=1200)
    for host in hosts:
        assert on_host(host, "cat /proc/sys/kernel/random/boot_id") != before[host]
        assert on_host(host, "sudo -n id -u").strip() == "0"
    mounted = on_host(SERVICES, "findmnt -no SOURCE /srv/data").strip()
    assert mounted.startswith("/dev/vd")
