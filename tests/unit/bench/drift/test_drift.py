"""The drift bench: what is made, what OpenTofu is told of it, a reading through the real proxy, and the
figures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.drift import hcl
from bench.drift.__main__ import arguments
from bench.drift.__main__ import main as bench_main
from bench.drift.facts import EACH, units
from bench.drift.figures import OURS, Sample, lines
from bench.drift.ours import judged
from bench.drift.sides import Side, delayed, order, read
from docs.measured import tables
from socle.drift.records import record
from socle.errors import FailureError
from socle.paths import ROOT
from socle.records import RecordSet, Verdict
from tests.faults.proxy import Proxy, running
from tests.faults.rules import Faults
from tests.unit.faults.upstream import standing

MOCKED = """
import json, runpy, pulumi
made = []
class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        if args.typ.startswith("openstack:"): made.append(args.typ.rpartition(":")[2])
        return [args.name, args.inputs]
    def call(self, args): return {}
pulumi.runtime.set_mocks(Mocks())
@pulumi.runtime.test
def run(): runpy.run_path("bench/drift/program/__main__.py")
run()
print(json.dumps(made))
"""
ASKS = """
import http.client, ssl, sys
address, port, ca, times, code = sys.argv[1:]
link = http.client.HTTPSConnection(address, int(port), context=ssl.create_default_context(cafile=ca))
for number in range(int(times)):
    link.request("GET", f"/list?marker={number}"); link.getresponse().read()
sys.exit(int(code))
"""


def test_the_program_makes_so_many_resources_as_it_is_told() -> None:
    argv = [sys.executable, "-c", MOCKED]
    env = {"SOCLE_BENCH_RESOURCES": "200", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kinds = Counter(json.loads(done.stdout))
    assert kinds.total() == 200
    assert kinds == {
        **dict.fromkeys(("Network", "Subnet", "Port", "SecGroup", "Volume"), 20),
        "SecGroupRule": 98,
        "Container": 2,
    }


def test_each_unit_has_a_network_of_its_own() -> None:
    assert len({one.block for one in units(1000 * EACH)}) == 1000
    with pytest.raises(ValueError, match="a multiple of 10"):
        units(15)


EXPORTED = {
    "deployment": {
        "resources": [
            {"type": "pulumi:pulumi:Stack", "urn": "a::b::c::d"},
            {"type": "pulumi:providers:openstack", "urn": "a::b::c::p", "id": "x"},
            {
                "type": "openstack:networking/port:Port",
                "urn": "u::s::openstack:networking/port:Port::scale-0001",
                "id": "p1",
                "inputs": {
                    "__defaults": [],
                    "networkId": "n1",
                    "fixedIps": [{"__defaults": [], "subnetId": "s1", "ipAddress": "10.32.1.5"}],
                },
            },
        ]
    }
}


def test_opentofu_is_told_of_the_same_things_by_their_ids() -> None:
    ports = hcl.configuration(EXPORTED)["resource"]["openstack_networking_port_v2"]
    assert ports == {
        "scale-0001": {"network_id": "n1", "fixed_ip": [{"subnet_id": "s1", "ip_address": "10.32.1.5"}]}
    }
    (one,) = hcl.state(EXPORTED)["resources"]
    assert (one["type"], one["name"]) == ("openstack_networking_port_v2", "scale-0001")
    assert one["instances"] == [{"schema_version": 0, "attributes": {"id": "p1"}}]


def test_a_type_that_opentofu_would_not_read_ends_the_bench() -> None:
    strange: Any = {"deployment": {"resources": [{"type": "openstack:dns/zone:Zone", "id": "z", "urn": "z"}]}}
    with pytest.raises(ValueError, match="no type of OpenTofu's is known for dns/zone:Zone"):
        list(hcl.resources(strange))


@contextmanager
def proxied(folder: Path, milliseconds: int) -> Iterator[tuple[Proxy, Faults, int]]:
    (folder / "cloud").mkdir()
    (folder / "proxy").mkdir()
    faults = delayed(milliseconds)
    with ExitStack() as stack:
        cloud, upstream = stack.enter_context(standing(folder / "cloud"))
        proxy = stack.enter_context(running(upstream, faults, folder / "proxy"))
        yield proxy, faults, cloud.server_address[1]


def asking(proxy: Proxy, port: int, times: int, code: int = 0, name: str = "tofu") -> Side:
    argv = (sys.executable, "-c", ASKS, proxy.address, str(port), str(proxy.ca_file), str(times), str(code))
    return Side(name, argv, {"PATH": "/usr/bin:/bin"}, ROOT, (0, 2))


def test_the_proxy_counts_each_request_and_holds_each_answer_back(tmp_path: Path) -> None:
    with proxied(tmp_path, 30) as (proxy, faults, port):
        few = read(asking(proxy, port, 2), faults, 10, 30, tmp_path / "log")
        many = read(asking(proxy, port, 22, 2), faults, 10, 30, tmp_path / "log")
    assert (few.requests, many.requests) == (2, 22)
    # By the proxy's own word: a busy machine is slow without any delay.
    assert [one.seconds for one in faults.log] == [0.03] * 24
    assert many.seconds >= 22 * 0.03
    assert many.memory > 1


def test_without_a_delay_requests_are_counted_and_none_is_held_back(tmp_path: Path) -> None:
    with proxied(tmp_path, 0) as (proxy, faults, port):
        assert read(asking(proxy, port, 5), faults, 10, 0, tmp_path / "log").requests == 5
        assert faults.log == []


def test_a_side_that_failed_or_asked_elsewhere_gives_no_figure(tmp_path: Path) -> None:
    with proxied(tmp_path, 0) as (proxy, faults, port):
        with pytest.raises(FailureError, match="tofu ended with 1"):
            read(asking(proxy, port, 1, 1), faults, 10, 0, tmp_path / "log")
        with pytest.raises(FailureError, match="asked nothing through the proxy"):
            read(asking(proxy, port, 0), faults, 10, 0, tmp_path / "log")


def test_who_reads_first_changes_with_each_round() -> None:
    assert [order(number)[0] for number in range(3)] == [OURS, "pulumi", "tofu"]
    assert {*order(7)} == {OURS, "pulumi", "tofu"}


def samples() -> list[Sample]:
    said = {OURS: (2.0, 50, 90.0), "pulumi": (20.0, 2000, 400.0), "tofu": (10.0, 3000, 300.0)}
    return [
        Sample(side, size, delay, seconds * (1 + delay / 30) * size / 500, requests * size // 500, memory)
        for side, (seconds, requests, memory) in said.items()
        for size in (500, 1500)
        for delay in (0, 30)
    ]


def test_figures_are_beside_each_peer_and_the_quicker_and_grow() -> None:
    found = {line.what: line for line in lines(samples())}
    assert found["1500 resources: requests, beside `pulumi refresh --preview-only`"].ratio == 0.025
    assert found["1500 resources, 30 ms away: time, beside the quicker, `tofu plan`"].ratio == 0.2
    assert found["1500 resources: memory, beside `tofu plan`"].unit == "MiB"
    assert found["`socle drift`: requests for 1500, beside 500"].ratio == 3
    assert "50.0 requests beside" in found["500 resources: requests, beside `tofu plan`"].said()
    with pytest.raises(ValueError, match="tofu was not measured"):
        lines(one for one in samples() if one.side != "tofu")


def test_the_table_says_requests_and_mib_and_seconds() -> None:
    rows = [line.row() for line in lines(samples())]
    text = "\n".join(tables.beside({"rows": rows, "rounds": 3, "peer": "x"}))
    assert "150 requests (150-150) | 6000 requests (6000-6000) | 0.025 | 0.05 |" in text
    assert "90 MiB" in text
    assert "12 s (12-12)" in text


def scanned(verdict: Verdict, count: int) -> RecordSet:
    title = ("x", "x")
    ours = [
        record("drift-port-in-sync", f"port scale-{n:04d} (id)", verdict, title, evidence="e")
        for n in range(count)
    ]
    other = record("drift-port-unmanaged", "port local-x", Verdict.FAIL, title, evidence="e")
    return RecordSet.of([*ours, other])


def test_a_scan_that_did_not_see_all_in_sync_is_not_compared() -> None:
    assert judged(scanned(Verdict.PASS, 20), 20) == ""
    assert judged(scanned(Verdict.PASS, 19), 20) == "19 are in sync, not 20"
    assert judged(scanned(Verdict.UNPROVEN, 20), 20).startswith("20 are not in sync, first drift-port")


@pytest.mark.parametrize("words", [["--resources", "15"], ["--resources", "30", "20"], ["--rounds", "0"], []])
def test_bad_usage_is_one_line_and_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments([*(["--cloud", "x"] if words else []), *words])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_cloud_that_does_not_stand_is_one_line_and_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    assert bench_main(["--cloud", "none", "--output", str(tmp_path / "x.json")]) == 2
    assert "cloud none does not stand" in capsys.readouterr().err
