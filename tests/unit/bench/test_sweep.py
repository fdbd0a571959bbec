"""The sweep may only ever remove what carries the bench's name."""

from typing import Any

import pytest

from bench.up import sweep as module
from bench.up.sweep import carries, sweep
from infra.leftovers.kinds import Found
from socle.errors import FailureError

NET = "openstack:networking/"


def found(kind: str, number: str, **inputs: Any) -> Found:
    return Found(kind, number, inputs)


OURS = [
    found(NET + "network:Network", "n1", name="bench-admin"),
    found(NET + "router:Router", "r1", name="bench-edge"),
    found(NET + "routerInterface:RouterInterface", "p1", routerId="r1", subnetId="s1"),
    found(NET + "floatingIp:FloatingIp", "f1", name="172.24.0.9", tags=["env=bench", "zone=admin"]),
    found("openstack:compute/instance:Instance", "i1", name="bench-bastion"),
]
THEIRS = [
    found(NET + "network:Network", "n2", name="local-admin"),
    found(NET + "network:Network", "n3", name="benchmark"),
    found(NET + "router:Router", "r2", name="local-edge"),
    found(NET + "routerInterface:RouterInterface", "p2", routerId="r2", subnetId="s2"),
    found(NET + "floatingIp:FloatingIp", "f2", name="172.24.0.8", tags=["env=local"]),
    found(NET + "floatingIp:FloatingIp", "f3", name="172.24.0.7", tags=[]),
    found(NET + "secGroupRule:SecGroupRule", "x2", securityGroupId="g2"),
    found("openstack:compute/instance:Instance", "i2", name="local-bench-host"),
]


def test_only_the_benchs_own_is_taken_and_users_go_before_what_they_use() -> None:
    assert [it.id for it in carries([*THEIRS, *OURS], "bench")] == ["i1", "f1", "p1", "r1", "n1"]


class Cloud:
    """A project from which things can be removed, some at the second try only."""

    def __init__(self, things: list[Found], stubborn: dict[str, int]) -> None:
        self.things, self.stubborn, self.boxes = things, stubborn, ["bench-records", "local-records"]
        self.object_store = self

    def containers(self) -> list[Any]:
        return [type("Box", (), {"name": name}) for name in self.boxes]

    def delete_container(self, name: str) -> None:
        self.boxes.remove(name)

    def remove(self, thing: Found) -> None:
        self.stubborn[thing.id] = self.stubborn.get(thing.id, 0) - 1
        if self.stubborn[thing.id] >= 0:
            raise RuntimeError("409 in\nuse")
        self.things.remove(thing)


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "listed", lambda cloud: list(cloud.things))
    monkeypatch.setattr(module, "delete", lambda cloud, thing: cloud.remove(thing))
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)


@pytest.mark.usefixtures("swept")
def test_what_refuses_to_go_is_asked_again() -> None:
    cloud, told = Cloud([*OURS, *THEIRS], {"n1": 2}), []
    sweep(cloud, "bench", told.append)
    assert cloud.things == THEIRS
    assert cloud.boxes == ["local-records"]
    assert "removed Instance bench-bastion" in told
    assert "removed Container bench-records" in told


@pytest.mark.usefixtures("swept")
def test_what_stays_is_a_failure_with_the_clouds_reason() -> None:
    with pytest.raises(
        FailureError, match="1 things stay in the cloud, first Network bench-admin: 409 in use"
    ):
        sweep(Cloud([*OURS], {"n1": 99}), "bench", lambda _: None)
