"""A zone's hypervisor joins the aggregate of the zone's name, in placement too, and bears nova's refusal."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openstack.exceptions import ConflictException, NotFoundException

from localcloud import aggregates, client
from localcloud.errors import CloudError
from localcloud.model import Cloud
from localcloud.zones import Zone


class Placement:
    """placement: providers by id, `late` looks before it knows them, `busy` writes that another one won."""

    def __init__(self, late: int = 0, busy: int = 0) -> None:
        """No provider is in an aggregate yet."""
        self.late, self.busy, self.members = late, busy, {"node-1": ["else"], "node-2": []}

    def get_resource_provider(self, provider: str) -> Any:
        self.late -= 1
        if self.late >= 0:
            raise NotFoundException(details="no such provider")
        return SimpleNamespace(id=provider, aggregates=None)

    def get_resource_provider_aggregates(self, provider: Any) -> Any:
        provider.aggregates = list(self.members[provider.id])
        return provider

    def set_resource_provider_aggregates(self, provider: Any, *members: str) -> None:
        self.busy -= 1
        if self.busy >= 0:
            raise ConflictException(details="generation")
        self.members[provider.id] = list(members)


class Compute:
    """nova's aggregates: `silent`, it tells placement nothing; it `refuses` a host with servers."""

    def __init__(self, placement: Placement, *, refuses: bool = False, silent: bool = False) -> None:
        """Two hypervisors and no aggregate yet."""
        self.placement, self.refuses, self.silent, self.calls = placement, refuses, silent, 0
        self.known: list[Any] = []

    def hypervisors(self, *, details: bool) -> list[Any]:
        assert details
        return [SimpleNamespace(id=f"node-{n}", service_details={"host": f"hypervisor-{n}"}) for n in (2, 1)]

    def aggregates(self) -> list[Any]:
        return self.known

    def create_aggregate(self, *, name: str, availability_zone: str) -> Any:
        made = SimpleNamespace(name=name, availability_zone=availability_zone, hosts=None, uuid=f"of-{name}")
        self.known.append(made)
        return made

    def delete_aggregate(self, aggregate: Any) -> None:
        self.known.remove(aggregate)

    def add_host_to_aggregate(self, aggregate: Any, host: str) -> None:
        self.calls += 1
        assert self.placement.late < 0, "nova would only log that placement does not know the provider"
        if self.refuses:
            raise ConflictException(details="the host already has 3 instance(s)")
        aggregate.hosts = [*(aggregate.hosts or []), host]
        if not self.silent:
            self.placement.members[host.replace("hypervisor", "node")].append(aggregate.uuid)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(10000))
    monkeypatch.setattr(
        aggregates, "time", SimpleNamespace(sleep=lambda _s: None, monotonic=lambda: float(next(now)))
    )


def run(monkeypatch: pytest.MonkeyPatch, compute: Compute, number: int) -> list[str]:
    """What joining says in that zone."""
    said: list[str] = []
    cloud = Cloud("unit", 3, Path("/nowhere"))
    apis = SimpleNamespace(compute=compute, placement=compute.placement)
    monkeypatch.setattr(client, "admin", lambda _cloud: {})
    monkeypatch.setattr(client, "connect", lambda _entry: apis)
    aggregates.join(SimpleNamespace(cloud=cloud, zone=Zone(cloud, number), progress=said.append))  # type: ignore[arg-type]
    return said


@pytest.mark.parametrize("silent", [False, True])
def test_each_zones_hypervisor_joins_its_own_and_does_so_once(
    monkeypatch: pytest.MonkeyPatch, *, silent: bool
) -> None:
    compute = Compute(Placement(late=5, busy=2), silent=silent)
    for number in (1, 2, 1, 2):
        assert run(monkeypatch, compute, number) == []
    assert [(it.name, it.availability_zone, it.hosts) for it in compute.known] == [
        ("nova", "nova", ["hypervisor-1"]),
        ("az2", "az2", ["hypervisor-2"]),
    ]
    assert compute.calls == 2
    assert compute.placement.members == {"node-1": ["else", "of-nova"], "node-2": ["of-az2"]}


def test_a_hypervisor_that_has_servers_already_is_left_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compute = Compute(Placement(), refuses=True)
    (line,) = run(monkeypatch, compute, 1)
    assert "hypervisor-1 stays outside zone nova" in line
    assert "3 instance(s)" in line


def test_no_zone_without_a_host_is_left_for_it_would_take_every_server_and_place_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compute = Compute(Placement(), refuses=True)
    run(monkeypatch, compute, 1)
    assert compute.known == []


def test_a_hypervisor_that_placement_never_hears_of_is_an_error_not_a_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(CloudError, match="placement does not know hypervisor node-1 after 60 s"):
        run(monkeypatch, Compute(Placement(late=9999)), 1)
