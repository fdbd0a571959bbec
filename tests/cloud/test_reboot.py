"""Hosts let people in after a reboot."""

from __future__ import annotations

from tests.cloud.live import SERVICES, on_host, run
from tests.hosts.inventory import declared_hosts


def test_login_and_sudo_after_a_reboot() -> None:
    hosts = declared_hosts()
    before = {host: on_host(host, "cat /proc/sys/kernel/random/boot_id") for host in hosts}
    run("ansible-playbook", "playbooks/reboot.yml", timeout=1200)
    for host in hosts:
        assert on_host(host, "cat /proc/sys/kernel/random/boot_id") != before[host]
        assert on_host(host, "sudo -n id -u").strip() == "0"
    mounted = on_host(SERVICES, "findmnt -no SOURCE /srv/data").strip()
    assert mounted.startswith("/dev/vd")
