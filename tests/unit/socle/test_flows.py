"""`socle flows`: the matrix is the table's, and an answer says why, how, and what was expected."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from infra.config import Flows
from infra.plan.reach import can_reach
from socle import cli
from socle.errors import ExitCode
from socle.flows.environment import read
from socle.flows.matrix import matrix, places_of, ports_of
from tests.unit.plan.tables import one_flow

Socle = Callable[..., tuple[object, str, str]]


@pytest.fixture
def socle(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Socle:
    monkeypatch.delenv("SOCLE_STACK", raising=False)

    def run(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["socle", "flows", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run


def test_every_flow_is_in_the_matrix_or_named_as_not_open() -> None:
    for stack in ("local-platform", "full-data"):
        environment = read(stack)
        found = matrix(environment)
        drawn = {flow.name for flows in found.cells.values() for flow in flows}
        absent = {flow.name for flow in found.closed}
        assert drawn | absent == {flow.name for flow in environment.flows.flows}
        assert not drawn & absent
    assert not found.closed
    assert found.sources == ("outside", "admin", "services", "data", "exchange", "backup", "spaces")


def test_a_flow_between_many_ends_is_once_in_a_cell() -> None:
    ends = {"from": ("zone/admin", "zone/data", "zone/spaces"), "to": ("role/time", "role/resolver")}
    environment = replace(read("full-platform"), flows=one_flow(**ends))
    cells = matrix(environment).cells
    assert set(cells) == {(place, "services") for place in ("admin", "data", "spaces")}
    assert {len(flows) for flows in cells.values()} == {1}


def test_hosts_reach_each_other_only_where_the_matrix_has_a_flow() -> None:
    environment = read("full-platform")
    cells = matrix(environment).cells
    hosts = [name for name in environment.land.names() if name.startswith("full-")]
    for one in hosts:
        for other in hosts:
            pair = (environment.party(one).where, environment.party(other).where)
            for flow in environment.flows.flows:
                if flow not in cells.get(pair, ()):
                    port = int(flow.ports[0])
                    for protocol in flow.protocols:
                        answer = can_reach(environment.land, one, other, protocol, port)
                        assert flow.name not in answer.flows


def test_the_table_names_flows_and_ports_and_what_is_not_open(socle: Socle) -> None:
    code, out, _ = socle()
    assert code == ExitCode.HOLDS
    assert out.startswith("Flows of local: from the left to the top")
    for said in ("tcp 22 bastion-to-hosts", "udp 123 hosts-to-time", "udp 123 time-upstream"):
        assert said in out
    assert "Not open" not in out
    assert out.rstrip().endswith("Everything else is closed, both ways, IPv6 included.")


def test_what_stands_nowhere_is_named_and_opens_nothing() -> None:
    environment = read("local-platform")
    (first, *rest) = environment.flows.flows
    elsewhere = first.model_copy(
        update={"name": "to-databases", "sources": ("role/bastion",), "targets": ("role/database",)}
    )
    found = matrix(replace(environment, flows=Flows(flows=(elsewhere, *rest))))
    assert [flow.name for flow in found.closed] == ["to-databases"]


def test_markdown_is_one_table(socle: Socle) -> None:
    _, out, _ = socle("--format", "markdown", "--stack", "full-platform")
    lines = out.splitlines()
    assert lines[0] == "| from \\ to | outside | admin | services | data | spaces |"
    assert {line.count("|") for line in lines[:9]} == {7}
    assert "| outside |  | tcp 22 operators-to-bastion |  |  |  |" in lines
    assert "Not open" not in out
    assert sum("udp+tcp 53 hosts-to-resolver" in line for line in lines) == 6


def test_json_holds_every_flow_with_its_reason_and_places(socle: Socle) -> None:
    _, out, _ = socle("--format", "json")
    document = json.loads(out)
    flows = {flow["name"]: flow for flow in document["flows"]}
    assert document["environment"] == "local"
    assert flows["operators-to-bastion"]["from_places"] == ["outside"]
    assert flows["operators-to-bastion"]["to_places"] == ["admin"]
    assert flows["operators-to-bastion"]["from"] == ["outside/operators"]
    assert flows["bastion-to-hosts"]["to"] == ["zone/services", "zone/data", "zone/spaces"]
    assert flows["bastion-to-hosts"]["to_places"] == ["services", "spaces"]
    assert flows["bastion-to-hosts"]["open"] is True
    assert flows["hosts-to-resolver"]["protocol"] == ["udp", "tcp"]
    assert all(flow["reason"] and flow["clause"] and flow["owner"] for flow in flows.values())


def test_an_open_path_says_why_and_how(socle: Socle) -> None:
    code, out, _ = socle("can", "bastion", "alpha-desk", "22", "--expect", "open")
    assert code == ExitCode.HOLDS
    first, reason, *way = out.splitlines()
    assert first == "open: tcp 22 from local-bastion to local-alpha-desk: bastion-to-hosts"
    assert reason.startswith(
        "  bastion-to-hosts: Administration of every other host goes through the bastion"
    )
    places = ("local-bastion", "router local-core", "router local-alpha", "local-alpha-desk")
    assert len(way) == len(places)
    for number, (line, place) in enumerate(zip(way, places, strict=True), start=1):
        assert line.startswith(f"{number}  {place} ")
        assert " passes " in line


def test_a_closed_path_says_where_it_stops(socle: Socle) -> None:
    code, out, _ = socle("can", "space/alpha", "space/beta", "22", "--stack", "full-space-alpha")
    assert code == ExitCode.HOLDS
    assert out.startswith("closed: no flow lets tcp 22 from space/alpha to space/beta")
    assert [line.split()[1] for line in out.splitlines() if " STOPS " in line] == [
        "space/alpha",
        "space/beta",
    ]


@pytest.mark.parametrize(
    ("port", "expected", "code"),
    [
        ("123/udp", "open", ExitCode.HOLDS),
        ("123/udp", "closed", ExitCode.FINDINGS),
        ("124/udp", "open", ExitCode.FINDINGS),
        ("124/udp", "closed", ExitCode.HOLDS),
    ],
)
def test_what_was_expected_decides_the_exit_code(
    socle: Socle, port: str, expected: str, code: ExitCode
) -> None:
    assert socle("can", "alpha-desk", "services", port, "--expect", expected)[0] == code


def test_nobody_is_told_who_there_is(socle: Socle) -> None:
    code, out, err = socle("can", "bastoin", "services", "22")
    assert (code, out) == (ExitCode.USAGE, "")
    assert err == (
        "socle: flows: bastoin is nobody in environment local; choose local-bastion, or an address\n"
    )
    _, _, err = socle("can", "bastion", "10.16.2.300", "22")
    assert err.startswith("socle: flows: 10.16.2.300 is nobody in environment local; choose ")


def test_wrong_tables_are_one_line(socle: Socle) -> None:
    code, _, err = socle("--stack", "nowhere-platform")
    assert code == ExitCode.USAGE
    assert err.startswith("socle: stacks/Pulumi.nowhere-platform.yaml: no such file; create it")


def test_an_end_stands_where_its_hosts_do() -> None:
    environment = read("full-platform")
    assert places_of(environment, "role/package-proxy") == ("services",)
    assert places_of(environment, "role/airlock") == ()
    assert places_of(environment, "role/workstation") == ("spaces",)
    assert ports_of(environment.flows.flows[0]) == "tcp 22"
