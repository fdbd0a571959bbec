"""A rolling update with restarts: one host after the other, the bastion last; the next restarts nobody."""

from __future__ import annotations

from tests.cloud.live import on_host, run
from tests.cloud.test_converge import RECAP
from tests.hosts.inventory import declared_hosts

UPDATE = ("ansible-playbook", "playbooks/update.yml")
BOOT = "cat /proc/sys/kernel/random/boot_id"
BOOTED = "awk '/^btime/ {print $2}' /proc/stat"


def recap(printed: str) -> dict[str, tuple[int, ...]]:
    """For each host: ok, changed, unreachable, failed."""
    return {host: tuple(map(int, rest)) for host, *rest in RECAP.findall(printed)}


def test_hosts_restart_one_after_the_other_and_the_bastion_last() -> None:
    hosts = declared_hosts()
    before = {host: int(on_host(host, BOOTED)) for host in hosts}
    shown = recap(run(*UPDATE, "-e", "update_restart=true", timeout=3600).stdout)
    assert shown.keys() == {*hosts}
    assert not any(bad for *_, unreachable, failed in shown.values() for bad in (unreachable, failed))
    after = {host: int(on_host(host, BOOTED)) for host in hosts}
    assert all(after[host] > before[host] for host in hosts)
    assert max(after, key=lambda host: after[host]).endswith("-bastion")
    assert len(set(after.values())) == len(hosts)


def test_a_second_update_changes_nothing_and_restarts_nobody() -> None:
    hosts = declared_hosts()
    before = {host: on_host(host, BOOT) for host in hosts}
    shown = recap(run(*UPDATE, timeout=1200).stdout)
    assert {host: changed for host, (_, changed, *_) in shown.items()} == dict.fromkeys(hosts, 0)
    assert {host: on_host(host, BOOT) for host in hosts} == before
