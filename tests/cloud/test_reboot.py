"""A host lets people in after a reboot, with what it held.

[ci: the services host, which holds the data; nightly: every host, the bastion last, three times, by
test_many_converges.py]
"""

from __future__ import annotations

from tests.cloud.live import SERVICES, on_host, run

BOOT = "cat /proc/sys/kernel/random/boot_id"


def test_login_and_sudo_after_a_reboot() -> None:
    before = on_host(SERVICES, BOOT)
    run("ansible-playbook", "playbooks/reboot.yml", "--limit", SERVICES, timeout=1200)
    assert on_host(SERVICES, BOOT, fresh=True) != before
    assert on_host(SERVICES, "sudo -n id -u").strip() == "0"
    assert on_host(SERVICES, "findmnt -no SOURCE /srv/data").strip().startswith("/dev/vd")
