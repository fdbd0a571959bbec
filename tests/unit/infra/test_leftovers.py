"""What an interrupted or failed `up` left: what is deleted, taken in, left to a person, and never touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.leftovers import wanted
from infra.leftovers.decide import OLD, Decisions, decide, unknown
from infra.leftovers.kinds import KINDS, Found
from infra.leftovers.wanted import Wanted, Why

SINCE = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEFORE, AFTER = datetime(2026, 11, 24, 11, tzinfo=UTC), datetime(2026, 11, 24, 13, tzinfo=UTC)
NET, VOLUME = "openstack:networking/network:Network", "openstack:blockstorage/volume:Volume"
PORT, SERVER = "openstack:networking/port:Port", "openstack:compute/instance:Instance"
ATTACH, RULE = "openstack:compute/volumeAttach:VolumeAttach", "openstack:networking/secGroupRule:SecGroupRule"
TAGS = ["env=local", "layer=platform"]
NET_INPUTS = {"name": "local-admin", "description": "The way in", "tags": TAGS, "__defaults": []}
VOLUME_INPUTS = {
    "name": "local-data",
    "description": "data",
    "size": 2,
    "volumeType": "luks",
    "availabilityZone": "nova",
    "metadata": {"env": "local", "__defaults": []},
}


def want(kind: str, inputs: dict[str, Any], why: Why = Why.PENDING, name: str = "x") -> Wanted:
    return Wanted(f"urn:pulumi:local-platform::hdh::{kind}::{name}", kind, inputs, why)


def net(number: str = "n1", **changed: Any) -> Found:
    return Found(NET, number, {**NET_INPUTS, "tags": [], **changed}, made=AFTER)


def volume(number: str = "v1", busy: str = "", **changed: Any) -> Found:
    return Found(VOLUME, number, {**VOLUME_INPUTS, "metadata": {"env": "local"}, **changed}, busy, AFTER)


def ids(found: Decisions) -> dict[str, list[str]]:
    told = {kind: [left.found.id for left in getattr(found, kind)] for kind in ("delete", "adopt", "refuse")}
    return {kind: numbers for kind, numbers in told.items() if numbers}


@pytest.mark.parametrize("why", list(Why))
@pytest.mark.parametrize("tags", [[], TAGS, TAGS[::-1]])
def test_what_holds_nothing_is_deleted_with_its_tags_set_or_not(why: Why, tags: list[str]) -> None:
    assert ids(decide([want(NET, NET_INPUTS, why)], [net(tags=tags)], SINCE)) == {"delete": ["n1"]}


@pytest.mark.parametrize(
    "changed", [{"name": "local-other"}, {"description": "another's"}, {"tags": ["env=staging"]}]
)
def test_what_is_not_the_same_is_not_touched(changed: dict[str, Any]) -> None:
    assert ids(decide([want(NET, NET_INPUTS)], [net(**changed)], SINCE)) == {}


@pytest.mark.parametrize("why", [Why.PENDING, Why.PLANNED])
def test_what_is_older_than_the_run_is_left_to_a_person(why: Why) -> None:
    """A state that was lost, or a second environment of that name: its servers are somebody's."""
    old = replace(net(), made=BEFORE)
    found = decide([want(NET, NET_INPUTS, why)], [old], SINCE)
    assert ids(found) == {"refuse": ["n1"]}
    assert found.refuse[0].refused == OLD
    assert ids(decide([want(NET, NET_INPUTS, why)], [net()], None)) == {"refuse": ["n1"]}


def test_a_namesake_of_long_standing_does_not_stop_anybody() -> None:
    old = replace(net(), made=BEFORE)
    assert ids(decide([want(NET, NET_INPUTS, Why.STANDING)], [old], SINCE)) == {}


def test_every_second_one_of_an_interrupted_network_goes() -> None:
    both = [net("n1"), net("n2")]
    pair = [want(NET, NET_INPUTS), want(NET, NET_INPUTS, Why.PLANNED)]
    assert ids(decide(pair, both, SINCE)) == {"delete": ["n1", "n2"]}


@pytest.mark.parametrize(
    ("why", "made", "verdict"),
    [
        (Why.PENDING, AFTER, "delete"),
        (Why.PENDING, BEFORE, "refuse"),
        (Why.PLANNED, AFTER, "refuse"),
        (Why.STANDING, AFTER, "refuse"),
    ],
)
def test_a_volume_goes_only_when_its_own_interrupted_creation_failed(
    why: Why, made: datetime, verdict: str
) -> None:
    unmade = replace(volume(busy="its status is error"), unmade=True, made=made)
    assert ids(decide([want(VOLUME, VOLUME_INPUTS, why)], [unmade], SINCE)) == {verdict: ["v1"]}


def test_a_volume_is_taken_in_and_never_deleted() -> None:
    pending, planned = want(VOLUME, VOLUME_INPUTS), want(VOLUME, VOLUME_INPUTS, Why.PLANNED)
    assert ids(decide([pending], [volume()], SINCE)) == {"adopt": ["v1"]}
    assert ids(decide([planned], [volume()], SINCE)) == {"adopt": ["v1"]}
    for candidates in ([volume("v1"), volume("v2")], [volume(busy="its status is in-use")]):
        found = decide([pending, planned], candidates, SINCE)
        assert ids(found) == {"refuse": [it.id for it in candidates]}
    has = replace(pending, why=Why.STANDING)
    assert ids(decide([pending, has], [volume()], SINCE)) == {"refuse": ["v1"]}


@pytest.mark.parametrize("changed", [{"size": 4}, {"volumeType": "plain"}, {"metadata": {"env": "staging"}}])
def test_a_volume_that_differs_is_not_taken_in(changed: dict[str, Any]) -> None:
    """Taken in, it would be replaced by the next `up`, and deleted."""
    assert ids(decide([want(VOLUME, VOLUME_INPUTS)], [volume(**changed)], SINCE)) == {}


def test_no_kind_that_may_hold_data_is_ever_deleted() -> None:
    for kind in (VOLUME, ATTACH, "openstack:objectstorage/container:Container"):
        assert KINDS[kind].fate.name != "DELETE"


def test_what_is_in_use_is_left_to_a_person() -> None:
    used = Found(PORT, "p1", {"name": "local-a", "description": ""}, "a server uses it", AFTER)
    found = decide([want(PORT, {"name": "local-a"})], [used], SINCE)
    assert ids(found) == {"refuse": ["p1"]}
    assert str(found.refuse[0]) == "port local-a (p1): a server uses it"


def test_an_attachment_is_known_by_its_ends() -> None:
    inputs = {"instanceId": "s1", "volumeId": "v1"}
    place = Found(ATTACH, "s1/v1", inputs)
    assert ids(decide([want(ATTACH, inputs)], [place], SINCE)) == {"adopt": ["s1/v1"]}


def test_what_may_still_show_is_waited_for_and_what_is_repeated_is_not() -> None:
    repeated = [
        want("openstack:objectstorage/container:Container", {}),
        want("openstack:networking/floatingIpAssociate:FloatingIpAssociate", {}),
        want("socle:network:Zone", {}),
        want("pulumi:providers:openstack", {}),
    ]
    strange = want("openstack:dns/zone:Zone", {})
    missing = want(NET, NET_INPUTS, name="late")
    found = decide([*repeated, strange, missing], [], SINCE)
    assert found.unseen == (missing,)
    assert found.strange == (strange,)
    # Made by a later run: nothing is under way any more.
    assert decide([missing, replace(missing, why=Why.STANDING)], [], SINCE).unseen == ()


def test_default_rules_and_others_rules_explain_themselves() -> None:
    group = "openstack:networking/secGroup:SecGroup"
    default = Found(group, "g0", {"name": "default"})
    ours = Found(RULE, "r1", {"securityGroupId": "g1"})
    theirs = Found(RULE, "r0", {"securityGroupId": "g0"})
    known = frozenset({(group, "g1"), (NET, "n1")})
    assert unknown([default, ours, theirs, net("n1"), net("n2")], known) == [ours, net("n2")]


STATE: dict[str, Any] = {
    "version": 3,
    "deployment": {
        "manifest": {"time": "2026-11-24T21:41:22.655962946Z"},
        "resources": [
            {"urn": "u::stack", "type": "pulumi:pulumi:Stack", "created": "2026-11-24T21:41:09.6Z"},
            {"urn": "u::a", "type": NET, "id": "n1", "initErrors": ["tags"]},
        ],
        "pending_operations": [
            {
                "type": "creating",
                "resource": {"urn": "u::b", "type": NET, "provider": "p::local-openstack::7", "inputs": {}},
            },
            {"type": "deleting", "resource": {"urn": "u::a", "type": NET, "id": "n1"}},
        ],
    },
}


def test_what_a_killed_run_wrote_is_read() -> None:
    (pending,) = wanted.pending(STATE)
    assert (pending.urn, pending.name, pending.provider) == ("u::b", "b", "p::local-openstack")
    assert [it.urn for it in wanted.standing(STATE)] == ["u::a"]
    assert wanted.known([STATE]) == {(NET, "n1")}
    assert wanted.half_made(STATE) == {"u::a": "n1"}
    settled = wanted.settled(STATE)
    assert [entry["type"] for entry in wanted.operations(settled)] == ["deleting"]
    assert settled["deployment"]["resources"] == STATE["deployment"]["resources"]
    assert len(wanted.operations(STATE)) == 2, "the exported state itself was changed"
    assert wanted.pending({"version": 3, "deployment": {"manifest": {}}}) == ()


def test_a_port_that_went_with_its_routers_interface_is_read_again() -> None:
    core = {"urn": "u::core", "type": PORT, "id": "p1"}
    state = {"deployment": {"resources": [core, {"urn": "u::n", "type": NET, "id": "p2"}]}}
    assert wanted.ports(state, ["p1", "p2", "p3"]) == ("u::core",)
    assert wanted.ports(state, []) == ()


def test_leftovers_are_not_older_than_the_last_success() -> None:
    def entry(kind: str, result: str, hour: int) -> dict[str, Any]:
        start, end = (f"2026-11-24T{hour:02}:{minute}:00.000Z" for minute in ("00", "05"))
        return {"kind": kind, "result": result, "startTime": start, "endTime": end}

    failed, done = entry("update", "failed", 14), entry("destroy", "succeeded", 12)
    other = entry("resource-import", "succeeded", 13)
    assert wanted.since(STATE, [failed, other, done]) == datetime(2026, 11, 24, 12, 4, tzinfo=UTC)
    assert wanted.since(STATE, [failed]) == datetime(2026, 11, 24, 13, 59, tzinfo=UTC)
    begun = wanted.since(STATE, [])
    assert begun is not None
    assert begun.replace(microsecond=0) == datetime(2026, 11, 24, 21, 40, 9, tzinfo=UTC)
    assert wanted.since({"version": 3, "deployment": {}}, []) is None


def test_the_program_says_what_it_is_about_to_make() -> None:
    steps = [
        {"op": "same", "urn": "u::a", "newState": {"urn": "u::a", "type": NET}},
        {"op": "create", "urn": "u::b", "newState": {"urn": "u::b", "type": NET, "inputs": NET_INPUTS}},
    ]
    (it,) = wanted.planned({"steps": steps})
    assert (it.urn, it.why, it.inputs) == ("u::b", Why.PLANNED, NET_INPUTS)
