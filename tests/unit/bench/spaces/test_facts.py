"""The measured spaces are spaces by the program's own rules: many of them, without servers, complete else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.spaces import facts
from bench.up.facts import checkout
from infra.specification import load, load_space, load_spaces
from socle.paths import ROOT

TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = checkout(tmp_path_factory.mktemp("tables"), facts.ENVIRONMENT, facts.NETWORK)
    for number in facts.numbers(6, ()):
        facts.write_table(folder, number, TODAY)
    return folder


def test_each_is_a_space_with_everything_but_servers(tree: Path) -> None:
    space = load_space(facts.stack_of(3), tree)
    assert (space.plan.hosts, space.plan.declared) == ((), ())
    assert space.plan.perimeter.groups
    assert space.plan.perimeter.rules
    assert [grant.project for grant in space.plan.grants] == ["fleet-space-s003"]
    sample = load_space("local-space-alpha").plan
    # The groups of roles come with the hosts that have them.
    assert {*sample.perimeter.groups} - {*space.plan.perimeter.groups} == {"role/workstation"}


def test_all_of_them_stand_beside_each_other_and_the_other_environments(tree: Path) -> None:
    assert len(load_spaces(facts.ENVIRONMENT, tree)) == 6
    network = load(facts.PLATFORM, tree).platform.network
    for stack in ("local-platform", "full-platform"):
        assert not load(stack, tree).platform.network.overlaps(network)
    assert not (ROOT / "stacks" / f"Pulumi.{facts.PLATFORM}.yaml").exists()


def test_as_many_as_may_be_asked_for_have_an_address(tree: Path) -> None:
    path = facts.write_table(tree, facts.MOST, TODAY)
    assert load_space(facts.stack_of(facts.MOST), tree).plan.subnet.prefixlen == 26
    path.unlink()


def test_retired_numbers_are_left_out() -> None:
    assert facts.numbers(4, (0, 2)) == [1, 3, 4, 5]
    assert facts.numbers(3, (900,)) == [0, 1, 2]
