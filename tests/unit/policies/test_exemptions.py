"""The file of exemptions: what may be used, and what is said of all else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

import policies.families  # noqa: F401  # makes them all
from policies.exemptions import load
from policies.graph import Graph
from policies.judge import judge
from policies.model import POLICIES, Verdict
from policies.run import Setup, whole
from policies.snapshot import Resource, Snapshot

TODAY = date(2026, 11, 25)
URN = "urn:pulumi:dev::p::openstack:networking/portForwardingV2:PortForwardingV2::one"
ENTRY = {
    "policy": "NET-14", "urn": URN, "owner": "team", "approver": "officer", "reason": "A test",
    "expiry": "2027-01-31",
}  # fmt: skip


def written(folder: Path, *entries: object) -> Path:
    path = folder / "exemptions.yaml"
    text = json.dumps({"exemptions": entries})
    for said in ("2027-01-31", "2026-11-24", "2027-12-31"):
        text = text.replace(f'"{said}"', said)  # YAML's own dates
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"approver": None}, "has no approver"),
        ({"approver": "team"}, "is approved by who asked for it"),
        ({"expiry": "2026-11-24"}, "is over since 2026-11-24"),
        ({"expiry": "2027-12-31"}, "runs more than 180 days"),
        ({"expiry": "soon"}, "expiry is no date"),
        ({"policy": "NET-99"}, "there is no policy NET-99"),
        ({"urn": "urn:pulumi:dev::p::*"}, "urn must be the whole URN"),
        ({"note": "x"}, "has note, which is no field"),
        ({"reason": 7}, "reason is no text"),
    ],
)
def test_what_is_wrong_exempts_nothing_and_is_said(tmp_path: Path, over: dict[str, object], why: str) -> None:
    found = load(written(tmp_path, {**ENTRY, **over}), TODAY)
    assert not found.standing
    assert [why in one.words for one in found.findings] == [True]
    assert found.findings[0].verdict is Verdict.VIOLATION


@pytest.mark.parametrize("text", ["exemptions: 3", "- a", "{", "\x00"])
def test_a_file_that_is_none_is_one_finding(tmp_path: Path, text: str) -> None:
    path = tmp_path / "exemptions.yaml"
    path.write_text(text)
    found = load(path, TODAY)
    assert not found.standing
    assert len(found.findings) == 1


def test_one_that_stands_exempts_exactly_its_resource(tmp_path: Path) -> None:
    path = written(tmp_path, ENTRY, {**ENTRY, "policy": "NET-12"}, ENTRY)
    kind = "openstack:networking/portForwardingV2:PortForwardingV2"
    stack = Resource("urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "pulumi:pulumi:Stack", "p-dev", {})
    both = [Resource(URN, kind, "one", {}), Resource(URN + "-more", kind, "one-more", {})]
    setup = Setup({"PACK-01": {"exemptions": str(path)}})
    entries = whole(Snapshot.of([stack, *both]), setup, TODAY)
    said = {one.resource.name: one for one in entries if one.policy.id == "NET-14"}
    assert said["one"].verdict is Verdict.EXEMPTED
    assert said["one"].exemption == {k: ENTRY[k] for k in ("owner", "approver", "reason", "expiry")}
    assert said["one-more"].verdict is Verdict.VIOLATION
    (pack,) = (one for one in entries if one.policy.id == "PACK-01")
    words = " ".join(one.words for one in pack.said)
    assert "entry 2: exempts nothing" in words
    assert "entry 3: says again" in words


def test_a_policy_that_fails_itself_is_unproven_and_hides_nothing() -> None:
    def broken(*_: object) -> object:
        raise KeyError("seeded-canary")

    from dataclasses import replace

    one = Resource(URN, "openstack:networking/portForwardingV2:PortForwardingV2", "one", {})
    policies = [replace(POLICIES["NET-14"], check=broken), POLICIES["NET-14"]]
    first, second = judge(Graph(Snapshot.of([one])), policies, {}, TODAY)
    assert first.verdict is Verdict.UNPROVEN
    assert "seeded-canary" not in first.said[0].words
    assert second.verdict is Verdict.VIOLATION
