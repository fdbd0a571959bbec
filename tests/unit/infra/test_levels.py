"""The level of ANSSI-BP-028 that hosts are held to: said once by role, and told to role and checks alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from infra import hosts
from infra.config.zones import LEVELS
from infra.facts import FactError
from infra.specification import load
from tests.unit.infra.bad_tables import ZONES

BASTION = "hardening:\n  bastion: high"


def levels(tree: Path) -> dict[str, tuple[str, ...]]:
    found = load("local-platform", tree)
    return {one.name: found.zones.levels(one.host.roles) for one in found.plan.hosts}


def test_hosts_are_held_to_enhanced_and_to_high_where_their_role_is(tree: Path) -> None:
    assert levels(tree) == {"local-bastion": LEVELS, "local-services": LEVELS[:-1]}
    path = tree / "stacks" / ZONES
    path.write_text(path.read_text().replace(BASTION, "hardening:\n  collector: high"))
    assert levels(tree) == {"local-bastion": LEVELS[:-1], "local-services": LEVELS}


def test_nothing_said_is_enhanced(tree: Path) -> None:
    path = tree / "stacks" / ZONES
    said = yaml.safe_load(path.read_text())
    del said["hardening"]
    path.write_text(yaml.safe_dump(said))
    assert set(levels(tree).values()) == {("minimal", "intermediary", "enhanced")}


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("hardening:\n  bastille: high", "hardening: no zone has a role bastille; correct it or take it out"),
        (
            "hardening:\n  bastion: minimal",
            "hardening.bastion: 'minimal' will not do; input should be 'high'",
        ),
    ],
)
def test_an_unknown_role_and_a_level_below_are_refused(tree: Path, new: str, said: str) -> None:
    path = tree / "stacks" / ZONES
    assert BASTION in path.read_text()
    path.write_text(path.read_text().replace(BASTION, new))
    with pytest.raises(FactError, match=rf"stacks/zones.yaml:\d+: {said}"):
        load("local-platform", tree)


def test_the_inventory_is_told_of_a_spaces_hosts_too() -> None:
    assert hosts.facts("local-platform")["hosts"]["local-bastion"]["levels"] == list(LEVELS)
    space = hosts.facts("local-space-alpha")["hosts"]["local-alpha-desk"]
    assert space["levels"] == ["minimal", "intermediary", "enhanced"]
