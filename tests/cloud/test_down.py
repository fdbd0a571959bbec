"""What `up` started, `down` ends: no process, mount, bridge, namespace, route or socket stays."""

from __future__ import annotations

import time

from tests.cloud.conftest import work_tree
from tests.cloud.live import CLOUD, SOCLE, cloud_folder, show
from tests.faults.orphans import Snapshot


def test_down_leaves_nothing(machine_before: Snapshot, tree_before: str) -> None:
    folder = cloud_folder()
    assert Snapshot.take().left_since(machine_before), "nothing stood before `down`: this would show nothing"
    assert show(SOCLE, "local", "down", "--cloud", CLOUD) == 0
    time.sleep(1)  # the kernel removes the namespace's veth after its last reference
    assert Snapshot.take().left_since(machine_before) == {}
    assert not folder.exists()
    assert work_tree() == tree_before
