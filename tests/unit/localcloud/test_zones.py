"""A second zone as data: the same steps once more under other names, and the first as without it."""

from dataclasses import replace
from pathlib import Path

import pytest

from localcloud import cloud as verbs
from localcloud import loss, preflight, processes, steps, walls, zones
from localcloud.cli import main
from localcloud.errors import CloudError, UsageError
from localcloud.model import Cloud
from localcloud.runner import Runner
from localcloud.zones import Zone

SERVICES = steps.load()
ONE = steps.ordered(SERVICES)
TWO = {step.name: step for step in steps.ordered(SERVICES, 2)}
SECOND = {name: step for name, step in TWO.items() if step.zone == 2}


def needs(name: str) -> set[str]:
    direct = set(TWO[name].after)
    return direct.union(*(needs(need) for need in direct))


@pytest.fixture(name="cloud")
def _cloud(tmp_path: Path) -> Cloud:
    cloud = Cloud("unit", 3, tmp_path)
    cloud.complete_secrets(steps.accounts(SERVICES))
    return cloud


def test_the_first_zones_steps_are_the_same_whether_or_not_there_is_another() -> None:
    assert {step.name: step for step in ONE} == {n: step for n, step in TWO.items() if step.zone == 1}


def test_a_second_zone_is_a_hypervisor_and_what_it_needs() -> None:
    started = {name for name, step in SECOND.items() if step.is_process}
    assert started == {
        f"{name}@az2"
        for name in (
            "ovsdb", "ovs-vswitchd", "ovn-controller", "virtlogd", "libvirtd", "nova-compute", "reach",
            "underlay-address", "underlay-address-of-first",
        )
    }  # fmt: skip


def test_a_need_is_of_the_own_zone_where_there_is_one_else_of_the_first() -> None:
    assert TWO["ovn-controller@az2"].after == ("ovn-northd", "bridges@az2", "gateway", "underlay@az2")
    assert TWO["ovn-controller"].after == ("ovn-northd", "bridges", "gateway")


def test_the_saved_state_is_taken_before_anything_of_a_second_zone_reports() -> None:
    assert {step.zone for step in map(TWO.__getitem__, needs("template"))} == {1}
    for name in ("ovn-controller@az2", "nova-compute@az2", "zone@az2"):
        assert "template" in needs(name)


def test_nothing_of_one_zone_can_be_taken_for_another_clouds() -> None:
    every = [
        zone.netns
        for name in ("a", "a-az2", "a-2", "az2")
        for zone in zones.possible(Cloud(name, 0, Path("/nowhere")))
    ]
    assert len(set(every)) == len(every)
    assert Zone(Cloud("a", 0, Path("/nowhere"))).netns == "socle-a"


def test_a_process_of_the_second_zone_enters_its_namespaces_and_bears_its_name(cloud: Cloud) -> None:
    assert walls.enter(Zone(cloud, 1))[1:3] == ["--net=/run/netns/socle-unit", "--mount=/run/socle/unit/mnt"]
    assert "--uts=/run/socle/unit/az2/uts" in walls.enter(Zone(cloud, 2))
    assert not any(word.startswith("--uts") for word in walls.enter(Zone(cloud, 1)))


@pytest.mark.parametrize(
    ("where", "entered"), [("inside", "socle-unit.az2"), ("first", "socle-unit"), ("host", None)]
)
def test_a_step_works_behind_the_walls_it_names(cloud: Cloud, where: str, entered: str | None) -> None:
    view = Runner(cloud, [], {}, {}, lambda _: None).within(2)
    walls_of = view._walls(replace(TWO["underlay@az2"], where=where))
    assert (walls_of.netns if walls_of else None) == entered


def test_records_of_processes_are_told_apart_by_zone(cloud: Cloud) -> None:
    for name in ("edge", "reach@az2"):
        record = processes.pid_file(cloud, name)
        record.parent.mkdir(exist_ok=True)
        record.touch()
    assert processes.recorded_in(Zone(cloud, 2)) == ["reach@az2"]
    assert processes.recorded_in(Zone(cloud, 1)) == ["edge", "reach@az2"]


def test_the_number_of_zones_is_what_was_recorded_unless_more_are_asked_for(cloud: Cloud) -> None:
    assert verbs.settle_zones(cloud, None) == 1
    assert verbs.settle_zones(cloud, 2) == 2
    cloud.record(zones=2)
    assert [verbs.settle_zones(cloud, wanted) for wanted in (None, 2)] == [2, 2]
    with pytest.raises(UsageError, match=r"has 2 zones .* wipe --name unit") as refused:
        verbs.settle_zones(cloud, 1)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["up", "--zones", "3"], "--zones 3: use 1 or 2"),
        (["up", "--zones", "0"], "--zones 0: use 1 or 2"),
        (["up", "--zones", "two"], "--zones two: use 1 or 2"),
        (["lose-zone", "3"], "lose-zone 3: use 1 or 2"),
        (["lose-zone", "2"], "cloud local is not there: `localcloud up --name local --zones 2` makes it"),
    ],
)
def test_a_call_that_cannot_be_meant_is_one_line_and_exit_code_2(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["localcloud", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"localcloud: {words}\n"
    assert not (tmp_path / "clouds").exists()


@pytest.mark.parametrize(("number", "words"), [(1, "down --name unit"), (2, "up --name unit --zones 2")])
def test_only_an_added_zone_that_stands_can_be_lost(cloud: Cloud, number: int, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        loss.lose(cloud, number, lambda _: None)


def test_a_zone_in_which_something_survives_is_not_called_lost(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(walls, "stand", lambda _zone: True)
    monkeypatch.setattr(walls, "end_inmates", lambda _zone: {7})
    monkeypatch.setattr(walls, "inmates", lambda _zone: [7])
    with pytest.raises(CloudError, match=r"az2 .* not end: 7"):
        loss.lose(cloud, 2, said.append)
    monkeypatch.setattr(walls, "inmates", lambda _zone: [])
    loss.lose(cloud, 2, said.append)
    assert said == [
        "zone az2 of cloud unit is lost: 1 processes killed, 0 guests among them; "
        "`localcloud up --name unit` brings it back"
    ]


@pytest.mark.parametrize(
    ("running", "added", "mib"),
    [
        (False, 0, preflight.MEMORY_MIB),
        (False, 1, preflight.MEMORY_MIB + preflight.ZONE_MIB),
        (True, 1, preflight.ZONE_MIB),
        (True, 0, 0),
    ],
)
def test_memory_is_asked_for_what_does_not_run_yet(running: bool, added: int, mib: int) -> None:
    assert preflight.needed_mib(running=running, added=added) == mib
