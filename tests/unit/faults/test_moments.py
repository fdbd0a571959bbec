"""The moments at which `pulumi up` is killed: spread over the run, and counted in Pulumi's own words."""

from __future__ import annotations

import pytest

from tests.faults import test_killed_pulumi as killed

OUTPUT = """\
Updating (local-platform):
 +  pulumi:providers:openstack local-openstack creating (0s)
 +  socle:network:Edge local-edge creating (0s)
 +  openstack:networking:Router local-edge creating (0s)
 +  openstack:networking:Router local-edge creating (3s) error: update failed
 +  openstack:networking:Router local-edge created (4s)
 +  openstack:networking:SecGroupRule local-zone-admin-egress-udp-123-198.18.255.1/32 creating (0s)
 ~  openstack:networking:Network local-admin updating (0s)
 +  openstack:networking:Network local-admin creating (0s)
"""


@pytest.mark.parametrize(("number", "line"), [(1, 4), (2, 7), (3, 9), (4, None)])
def test_creations_of_the_clouds_resources_are_counted_once(number: int, line: int | None) -> None:
    now = killed.at_creation(number)
    fired = [at for at, text in enumerate(OUTPUT.splitlines(), 1) if now(at, text)]
    assert (fired[0] if fired else None) == line


def test_moments_are_spread_over_the_run_and_follow_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killed, "KILLS", 20)
    monkeypatch.setattr(killed, "SEED", 7)
    drawn = killed.moments()
    assert [int(moment.share * 20) for moment in drawn] == list(range(20))
    assert all(0 <= moment.wait <= killed.LONGEST_WAIT for moment in drawn)
    assert drawn == killed.moments()
    monkeypatch.setattr(killed, "SEED", 8)
    assert drawn != killed.moments()
