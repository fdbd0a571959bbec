"""Twenty converges in a row change nothing, three reboots among them lose nothing, and one can always log in.

SOCLE_CONVERGES: how many (20). After each a new login and sudo on every host; after a reboot every control.
"""

from __future__ import annotations

import os

from tests.cloud.live import CLOUD, SOCLE, on_host, run
from tests.cloud.test_converge import RECAP
from tests.hosts.inventory import declared_hosts

CONVERGES = int(os.environ.get("SOCLE_CONVERGES", "20"))
REBOOTS = 3


def reboot_after(number: int) -> bool:
    """True for three converges spread over all, the last of them before the last converge."""
    step = max(1, CONVERGES // (REBOOTS + 1))
    return number % step == 0 and number // step <= REBOOTS


def test_converges_and_reboots_in_a_row() -> None:
    hosts = declared_hosts()
    for number in range(1, CONVERGES + 1):
        printed = run("ansible-playbook", "playbooks/site.yml", timeout=1800).stdout
        recap = {host: tuple(map(int, rest)) for host, *rest in RECAP.findall(printed)}
        assert recap.keys() == {*hosts}, printed[-2000:]
        assert {host: bad for host, (_, *bad) in recap.items() if any(bad)} == {}, f"converge {number}"
        if reboot_after(number):
            run("ansible-playbook", "playbooks/reboot.yml", timeout=1800)
            run(SOCLE, "check", "--cloud", CLOUD, timeout=1800)
        for host in hosts:
            assert on_host(host, "sudo -n id -u", fresh=True).strip() == "0", (
                f"{host} after converge {number}"
            )


def test_three_reboots_are_spread_over_the_converges() -> None:
    assert sum(map(reboot_after, range(1, CONVERGES + 1))) == min(REBOOTS, CONVERGES)
