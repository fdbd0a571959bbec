"""A zone's hypervisor joins the aggregate of the zone's name: once, and never against nova's refusal."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openstack.exceptions import ConflictException

from localcloud import client, contents
from localcloud.model import Cloud
from localcloud.zones import Zone


class Compute:
    """nova, as far as aggregates go."""

    def __init__(self, *, refuses: bool = False) -> None:
        """No aggregate yet; `refuses` a host that has servers."""
        self.refuses, self.known, self.calls = refuses, [], 0  # type: tuple[bool, list[Any], int]

    def aggregates(self) -> list[Any]:
        return self.known

    def create_aggregate(self, *, name: str, availability_zone: str) -> Any:
        self.known.append(SimpleNamespace(name=name, availability_zone=availability_zone, hosts=None))
        return self.known[-1]

    def add_host_to_aggregate(self, aggregate: Any, host: str) -> None:
        self.calls += 1
        if self.refuses:
            raise ConflictException(details="the host already has 3 instance(s)")
        aggregate.hosts = [*(aggregate.hosts or []), host]


def run(monkeypatch: pytest.MonkeyPatch, compute: Compute, number: int) -> list[str]:
    """What `zone` says in that zone."""
    said: list[str] = []
    cloud = Cloud("unit", 3, Path("/nowhere"))
    monkeypatch.setattr(client, "admin", lambda _cloud: {})
    monkeypatch.setattr(client, "connect", lambda _entry: SimpleNamespace(compute=compute))
    contents.zone(SimpleNamespace(cloud=cloud, zone=Zone(cloud, number), progress=said.append))  # type: ignore[arg-type]
    return said


def test_each_zones_hypervisor_joins_its_own_and_does_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compute = Compute()
    for number in (1, 2, 1, 2):
        assert run(monkeypatch, compute, number) == []
    assert [(it.name, it.availability_zone, it.hosts) for it in compute.known] == [
        ("nova", "nova", ["hypervisor-1"]),
        ("az2", "az2", ["hypervisor-2"]),
    ]
    assert compute.calls == 2


def test_a_hypervisor_that_has_servers_already_is_left_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compute = Compute(refuses=True)
    (line,) = run(monkeypatch, compute, 1)
    assert "hypervisor-1 stays outside zone nova" in line
    assert "3 instance(s)" in line
