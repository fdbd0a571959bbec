"""Five spaces opened at once, each apart from the others, changed at once, and ended at once. [nightly]

Five processes of `socle space` beside each other, as five engineers would start them. Nothing is left in the
end: not in the cloud, not in the backend, not in the tables. What each printed stays in pytest's folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.plan.identity import own_project
from infra.specification import load_space
from infra.stackfile import ROOT as TABLES
from socle.env import describe
from socle.hosts.servers import connect
from socle.space.left import left_of
from socle.state.locks import held
from socle.state.store import open_store
from tests.cloud.fleet import at_once, code, identities, whole_tables_restored
from tests.cloud.live import CLOUD, NAME, environment, on_host, outputs, run
from tests.cloud.probing import reached, scan
from tests.faults import judge

NAMES = ("five-a", "five-b", "five-c", "five-d", "five-e")
STACKS = {name: f"{NAME}-space-{name}" for name in NAMES}
DESKS = {name: f"{NAME}-{name}-desk" for name in NAMES}
OWNER, APPROVER = "sample", "second"
MARK = "/srv/work/mark"
SSH, PROXY = 22, 3142


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    with whole_tables_restored():
        yield


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("five")


@pytest.fixture(scope="module")
def numbers() -> dict[str, int]:
    """Each one's, once it is opened: its table is gone when that is looked at in the end."""
    return {}


def every_server(cloud: Any) -> dict[str, Any]:
    return {one.name: one for one in cloud.compute.servers(details=True) if one.name in DESKS.values()}


def rules(cloud: Any, name: str) -> int:
    net = cloud.network
    groups = [group for group in net.security_groups() if group.name.startswith(f"{NAME}-{name}-")]
    return sum(len(list(net.security_group_rules(security_group_id=group.id))) for group in groups)


def settled() -> None:
    """No space waits for anything, and no run of pulumi left a lock."""
    for stack in STACKS.values():
        run("pulumi", "preview", "--stack", stack, "--expect-no-changes", "--non-interactive")
    assert held(open_store(environment()["PULUMI_BACKEND_URL"])) == []


def test_five_are_opened_at_once(logs: Path, cloud: Any, numbers: dict[str, int]) -> None:
    code(OWNER)  # who answers for a space has a second factor
    words = ("--owner", OWNER, "--purpose", "One of five that are opened at once", "--until", "2028-06-30")
    at_once(logs, NAMES, "open", *words)
    numbers |= {name: load_space(stack).space.number for name, stack in STACKS.items()}
    assert len(set(numbers.values())) == len(NAMES)
    assert {one.status for one in every_server(cloud).values()} == {"ACTIVE"}
    assert len(every_server(cloud)) == len(NAMES)
    settled()
    judge.nothing_is_orphaned()


def test_each_is_apart_from_the_others() -> None:
    for name in NAMES:
        on_host(DESKS[name], f"echo {name} | sudo tee {MARK} && sync")
    plans = {name: load_space(stack).plan for name, stack in STACKS.items()}
    floating = {name: outputs(stack)["hosts"][0]["floating"] for name, stack in STACKS.items()}
    (services,) = (host["address"] for host in outputs()["hosts"] if "package-proxy" in host["roles"])
    for one, other in permutations(NAMES, 2):
        places = (str(plans[other].declared[0].address), floating[other], str(plans[other].transit[2]))
        found = scan(DESKS[one], [(place, port) for place in places for port in (SSH, PROXY)])
        assert set(found.values()) == {"nothing"}, f"{one} meets {other}: {found}"
    # The same look does see what there is to see.
    assert all(reached(desk, services, PROXY) for desk in DESKS.values())


def test_five_are_frozen_and_thawed_at_once(logs: Path, cloud: Any) -> None:
    before = {name: server.id for name, server in every_server(cloud).items()}
    at_once(logs, NAMES, "freeze")
    assert {one.status for one in every_server(cloud).values()} == {"SHUTOFF"}
    assert [rules(cloud, name) for name in NAMES] == [0] * len(NAMES)
    settled()
    at_once(logs, NAMES, "thaw")
    assert {name: server.id for name, server in every_server(cloud).items()} == before
    assert {name: on_host(desk, f"sudo cat {MARK}", fresh=True).strip() for name, desk in DESKS.items()} == {
        name: name for name in NAMES
    }
    settled()


def test_five_are_extended_at_once(logs: Path) -> None:
    at_once(logs, NAMES, "extend", "--until", "2029-06-30", "--base", "nomenclatures")
    for stack in STACKS.values():
        space = load_space(stack).space
        assert (str(space.expiry), space.bases) == ("2029-06-30", ("nomenclatures",))
    settled()


def test_five_are_closed_at_once(logs: Path, cloud: Any) -> None:
    at_once(logs, NAMES, "close")
    assert every_server(cloud) == {}
    for name in NAMES:
        kinds = sorted(one.kind for one in left_of(cloud, NAME, name))
        assert kinds == ["container", "container", "volume"]
    settled()


def test_five_are_erased_at_once_and_nothing_is_left(logs: Path, cloud: Any, numbers: dict[str, int]) -> None:
    a_second_person()
    erasures = Path(environment()["SOCLE_SSH_DIR"]).parent / "erasures"
    at_once(
        logs,
        NAMES,
        "erase",
        "--approver",
        APPROVER,
        typed=lambda: f"{code(APPROVER)}\n",
        # A code counts once, and enrolling anew ends the one before: the next comes when this one was taken.
        begun=lambda name: bool([*erasures.glob(f"{STACKS[name]}*.json")]),
    )
    for name, stack in STACKS.items():
        assert left_of(cloud, NAME, name) == []
        assert not (TABLES / f"stacks/Pulumi.{stack}.yaml").exists()
        assert len([*erasures.glob(f"{stack}-*.json")]) == 1
    retired = yaml.safe_load((TABLES / "stacks/zones.yaml").read_text())["spaces"]["retired"]
    assert set(numbers.values()) <= set(retired)
    known = {one["name"] for one in json.loads(run("pulumi", "stack", "ls", "--json").stdout)}
    assert not known & set(STACKS.values())
    assert held(open_store(environment()["PULUMI_BACKEND_URL"])) == []
    here = describe(CLOUD)
    manager = connect(replace(here, variables={**here.variables, "OS_CLOUD": "customer"}))
    assert identities(manager, [own_project(NAME, name) for name in NAMES]) == []
    judge.nothing_is_orphaned()
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")


def a_second_person() -> None:
    """The owner cannot approve: somebody else is written into the table, which is restored in the end."""
    table = TABLES / "stacks/administrators.yaml"
    said = yaml.safe_load(table.read_text())
    sample = next(one for one in said["administrators"] if one["login"] == OWNER)
    said["administrators"].append({**sample, "login": APPROVER, "name": "Second Administrator"})
    table.write_text(yaml.safe_dump(said, sort_keys=False))
