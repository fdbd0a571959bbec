"""A space's phase: open, frozen (nobody in, nothing out, all kept), closed (only its data is left)."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from infra.clearance import clear
from infra.facts import FactError
from infra.hosts import facts
from infra.specification import SpaceSpecification, load_space
from tests.unit.infra.program import Run, run_space

ALPHA = "stacks/Pulumi.local-space-alpha.yaml"
FLOATING = "10.16.32.18"
"""The first address that a host of the space may have for the bastion."""
HELD = {"local-alpha-desk-work", "local-alpha-in", "local-alpha-out"}
TODAY = date(2027, 1, 1)


def spec(tree: Path, phase: str) -> SpaceSpecification:
    """The space alpha in this phase."""
    text = (tree / ALPHA).read_text()
    (tree / ALPHA).write_text(text.replace("phase: open", f"phase: {phase}"))
    return load_space("local-space-alpha", root=tree)


def names(run: Run) -> set[str]:
    return {f"{made.type}/{made.name}" for made in run.made if made.type.startswith("openstack:")}


def test_a_frozen_space_keeps_all_of_it_but_rules_and_power(tree: Path) -> None:
    opened, frozen = run_space(load_space("local-space-alpha")), run_space(spec(tree, "frozen"))
    gone = names(opened) - names(frozen)
    assert gone
    assert all(name.startswith("openstack:networking/secGroupRule:") for name in gone)
    assert not frozen.of("networking/secGroupRule:SecGroupRule")
    assert not names(frozen) - names(opened)
    (server,) = frozen.of("compute/instance:Instance")
    assert server.inputs["powerState"] == "shutoff"
    assert server.inputs["metadata"]["socle_power"] == "off"
    (port,), (before,) = (run.of("networking/port:Port") for run in (frozen, opened))
    assert port.inputs == before.inputs


def test_a_closed_space_keeps_only_what_it_holds(tree: Path) -> None:
    closed = run_space(spec(tree, "closed"))
    assert {made.name for made in closed.made if made.type.startswith("openstack:")} == HELD
    assert closed.contract["hosts"] == []
    assert closed.contract["phase"] == "closed"
    assert "organization/hdh/local-platform" not in closed.asked


@pytest.mark.parametrize("phase", ["frozen", "closed"])
def test_nobody_is_in_a_space_that_is_not_open(
    tree: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    assert FLOATING in facts("local-platform")["hosts"]["local-bastion"]["administered"]
    assert spec(tree, phase).plan.hosts == ()
    monkeypatch.setattr("infra.stackfile.ROOT", tree)
    assert facts("local-space-alpha")["hosts"] == {}
    assert FLOATING not in facts("local-platform")["hosts"]["local-bastion"]["administered"]


def test_a_space_is_not_open_after_its_last_day(tree: Path) -> None:
    last = spec(tree, "open").space.expiry
    with pytest.raises(FactError, match=rf"^{ALPHA}:\d+: expiry: the space's last day was {last}; extend it"):
        clear(load_space("local-space-alpha", root=tree), last + timedelta(days=1))
    assert f"last day is {last}, in 0 days" in clear(load_space("local-space-alpha", root=tree), last)
    assert clear(load_space("local-space-alpha", root=tree), last - timedelta(days=31)) == ""
    for phase in ("frozen", "closed"):
        assert clear(in_phase(tree, phase), last + timedelta(days=1)) == ""


def in_phase(tree: Path, phase: str) -> SpaceSpecification:
    """The same space as if its table said so."""
    found = load_space("local-space-alpha", root=tree)
    return replace(found, space=found.space.model_copy(update={"phase": phase}))


def test_no_space_is_opened_for_longer_than_five_years(tree: Path) -> None:
    early = load_space("local-space-alpha", root=tree)
    with pytest.raises(FactError, match=r"expiry: 2029-12-31 is more than five years away; 2025-01-04 is"):
        clear(early, date(2020, 1, 1))


def test_two_bases_that_may_not_come_together_are_refused_on_either_side(tree: Path) -> None:
    data, both = tree / "stacks/Pulumi.local-data.yaml", "bases: [hospital-stays, nomenclatures]"
    (tree / ALPHA).write_text((tree / ALPHA).read_text().replace("bases: [hospital-stays]", both))
    load_space("local-space-alpha", root=tree)
    sound = data.read_text()
    for name, other in (("hospital-stays", "nomenclatures"), ("nomenclatures", "hospital-stays")):
        data.write_text(
            sound.replace(f"- name: {name}\n", f"- name: {name}\n        not_with: [{other}]\n", 1)
        )
        with pytest.raises(FactError, match=r"bases hospital-stays and nomenclatures may not be read in one"):
            load_space("local-space-alpha", root=tree)


def test_containers_hold_as_much_as_the_quota_says() -> None:
    made = run_space(load_space("local-space-alpha")).of("objectstorage/container:Container")
    assert [one.inputs["metadata"]["quota-bytes"] for one in made] == [str(1024**3)] * 2
