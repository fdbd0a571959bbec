"""The comparison: any single field that changed is found, exactly, whatever it was and became."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from socle.drift.compare import Finding, State, compare
from socle.drift.declared import expectation
from socle.drift.judge import target
from socle.drift.thing import MASKED, Declared, Inventory, Thing, plain
from tests.unit.drift.answers import states
from tests.unit.drift.scanning import EXPECTED

ALL = [one for kind in EXPECTED.things.values() for one in kind if one.fields]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.lists(st.text(max_size=4), max_size=3)
)


def mirrored() -> dict[str, tuple[Thing, ...]]:
    """A cloud that has exactly what is declared."""
    return {
        kind: tuple(Thing(one.kind, one.id, one.name, one.fields, one.within) for one in found)
        for kind, found in EXPECTED.things.items()
    }


def findings(things: dict[str, tuple[Thing, ...]]) -> list[Any]:
    return [it for it in compare(EXPECTED, Inventory(things), {}) if it.state is not State.IN_SYNC]


def put(thing: Thing) -> dict[str, tuple[Thing, ...]]:
    """The mirror with one thing in place of its like."""
    there = mirrored()
    there[thing.kind] = (*(it for it in there[thing.kind] if it.id != thing.id), thing)
    return there


def test_a_mirror_has_no_difference() -> None:
    assert findings(mirrored()) == []


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_single_field_that_changed_is_found_exactly(data: st.DataObject) -> None:
    one: Declared = data.draw(st.sampled_from(ALL))
    field = data.draw(
        st.sampled_from(sorted(name for name in one.fields if name != "metadata") or ["metadata"])
    )
    value = data.draw(VALUES.filter(lambda it: plain(it) != plain(one.fields[field])))
    fields = {**one.fields, field: value}
    found = findings(put(Thing(one.kind, one.id, one.name, fields, one.within)))
    assert [(it.state, it.kind, it.id, it.field) for it in found] == [
        (State.CHANGED, one.kind, one.id, field)
    ]
    assert field in MASKED or found[0].observed == plain(value)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_keys_of_metadata_that_changed_came_or_went_are_found(data: st.DataObject) -> None:
    one: Declared = data.draw(st.sampled_from([it for it in ALL if it.fields.get("metadata")]))
    said = dict(one.fields["metadata"])
    key = data.draw(st.one_of(st.sampled_from(sorted(said)), st.from_regex(r"[a-z]{3,8}", fullmatch=True)))
    gone = key in said and data.draw(st.booleans())
    if gone:
        del said[key]
    else:
        said[key] = data.draw(st.text(max_size=5).filter(lambda it: it != said.get(key)))
    fields = {**one.fields, "metadata": said}
    found = findings(put(Thing(one.kind, one.id, one.name, fields)))
    assert [(it.state, it.field) for it in found] == [(State.CHANGED, f"metadata.{key}")]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_field_that_an_answer_lacks_is_unproven(data: st.DataObject) -> None:
    one: Declared = data.draw(st.sampled_from(ALL))
    field = data.draw(st.sampled_from(sorted(name for name in one.fields if one.fields[name] != {})))
    fields = {name: value for name, value in one.fields.items() if name != field}
    (found,) = findings(put(Thing(one.kind, one.id, one.name, fields)))
    assert found.state is State.UNPROVEN
    assert field in found.why


def test_a_thing_whose_absence_nobody_confirmed_is_unproven() -> None:
    there = mirrored()
    lost, *rest = there["port"]
    there["port"] = tuple(rest)
    (found,) = findings(there)
    assert (found.state, found.id) == (State.UNPROVEN, lost.id)


def test_a_kind_that_nobody_lists_is_unproven() -> None:
    there = mirrored()
    del there["volume"]
    assert {(it.state, it.kind) for it in findings(there)} == {(State.UNPROVEN, "volume")}


def test_what_a_persisted_refresh_wrote_is_not_declared() -> None:
    exported = states()
    for one in exported["local-platform"]["deployment"]["resources"]:
        if one["type"].endswith("port:Port"):
            one["outputs"]["allowedAddressPairs"] = [{"ipAddress": "0.0.0.0/1", "macAddress": ""}]
            one["outputs"]["allSecurityGroupIds"] = ["rogue"]
    assert expectation(exported).things["port"] == EXPECTED.things["port"]


def test_a_type_without_a_comparison_and_a_pending_run_are_unproven() -> None:
    exported = states()
    deployment = exported["local-platform"]["deployment"]
    deployment["resources"].append({"urn": "a::b::c::d", "type": "openstack:dns/zone:Zone", "id": "z"})
    deployment["pending_operations"] = [{"type": "creating", "resource": {"urn": "a::b::c::e"}}]
    found = [
        it for it in compare(expectation(exported), Inventory(mirrored()), {}) if it.state is State.UNPROVEN
    ]
    assert {it.kind for it in found} == {"openstack:dns/zone:Zone", "pending operation"}


def test_groups_that_keep_neutrons_rules_may_have_them_and_no_others() -> None:
    exported = states()
    resources = exported["local-platform"]["deployment"]["resources"]
    group = next(it for it in resources if it["type"].endswith(":SecGroup"))
    group["inputs"]["deleteDefaultRules"] = False
    fields = {
        "direction": "egress",
        "protocol": None,
        "port_range_min": None,
        "port_range_max": None,
        "remote_ip_prefix": None,
        "remote_group_id": None,
    }
    own = Thing("security group rule", "own", "", fields, group["id"])
    wider = Thing("security group rule", "wider", "", {**fields, "direction": "ingress"}, group["id"])
    there = mirrored()
    there["security group rule"] += (own, wider)
    found = [
        it for it in compare(expectation(exported), Inventory(there), {}) if it.state is not State.IN_SYNC
    ]
    assert [(it.state, it.id) for it in found] == [(State.UNMANAGED, "wider")]


def test_long_names_never_hide_which_thing_a_report_is_of() -> None:
    names = [Finding(State.UNMANAGED, "server", f"id-{n}", "x" * 255) for n in (1, 2)]
    first, second = (target(it) for it in names)
    assert first != second
    assert first.endswith("(id-1)")
    assert len(first) <= 250
