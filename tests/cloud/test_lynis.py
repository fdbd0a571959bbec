"""Debian's Lynis, an auditor of others' making, gives each host at least 80 of 100; it is removed again."""

from __future__ import annotations

import pytest

from tests.cloud.live import on_host
from tests.hosts.inventory import declared_hosts

LEAST = 80
REPORT = "/var/log/lynis-report.dat"
INSTALL = "sudo -n DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends lynis"
AUDIT = "sudo -n lynis audit system --quick --quiet --no-colors --no-log"


def index(report: str) -> int:
    """The hardening index of a report of Lynis; ValueError when it has none: an audit that broke off."""
    found = [line.partition("=")[2] for line in report.splitlines() if line.startswith("hardening_index=")]
    if len(found) != 1:
        raise ValueError(f"{len(found)} lines with an index: the audit did not come to its end")
    return int(found[0])


def suggestions(report: str) -> list[str]:
    """What Lynis would have otherwise, for the message of a failure."""
    return [
        line.partition("=")[2] for line in report.splitlines() if line.startswith(("suggestion", "warning"))
    ]


@pytest.mark.parametrize("host", declared_hosts())
def test_the_index_is_high_enough(host: str) -> None:
    on_host(host, "sudo -n apt-get -qq update", timeout=900)
    try:
        on_host(host, INSTALL, timeout=900)
        on_host(host, AUDIT, check=False, timeout=3600)
        report = on_host(host, f"sudo -n cat {REPORT}")
    finally:
        on_host(host, f"sudo -n apt-get -qq purge lynis; sudo -n rm -f {REPORT}", check=False, timeout=900)
    found = index(report)
    print(f"{host}: Lynis {found}")
    assert found >= LEAST, "\n".join(suggestions(report))


def test_a_report_that_broke_off_has_no_index() -> None:
    assert index("x=1\nhardening_index=83\n") == 83
    with pytest.raises(ValueError, match="0 lines"):
        index("x=1\n")
