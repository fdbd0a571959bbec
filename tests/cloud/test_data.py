"""What the data layer holds withstands a destroy, a renamed base, a forgotten one; it goes in two steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cloud.data import pulumi, release, said
from tests.cloud.live import NAME, run

BASES = [base["name"] for base in said()["bases"]]
VOLUMES = [volume["name"] for volume in said()["volumes"]]
LEAVES = "nomenclatures"


def containers() -> set[str]:
    printed = run("openstack", "container", "list", "-f", "json").stdout
    names = {entry["Name"] for entry in json.loads(printed)}
    return {it.removeprefix(f"{NAME}-base-") for it in names if it.startswith(f"{NAME}-base-")}


def volumes() -> set[str]:
    printed = run("openstack", "volume", "list", "-f", "json").stdout
    names = {entry["Name"] for entry in json.loads(printed)}
    return {it.removeprefix(f"{NAME}-data-") for it in names if it.startswith(f"{NAME}-data-")}


def test_everything_declared_stands_and_nothing_is_to_be_done(tmp_path: Path) -> None:
    assert containers() == set(BASES)
    assert volumes() == set(VOLUMES)
    pulumi("preview", "--expect-no-changes", folder=tmp_path)


def test_destroy_is_refused_and_removes_nothing(tmp_path: Path) -> None:
    code, printed = pulumi("destroy", "--yes", "--skip-preview", folder=tmp_path, check=False)
    assert code != 0
    assert "protect" in printed
    assert (containers(), volumes()) == (set(BASES), set(VOLUMES))


@pytest.mark.parametrize("slip", ["renamed", "forgotten"])
def test_a_base_that_is_renamed_or_left_out_is_refused(tmp_path: Path, slip: str) -> None:
    bases = [base for base in said()["bases"] if base["name"] != LEAVES]
    if slip == "renamed":
        bases.append({**next(b for b in said()["bases"] if b["name"] == LEAVES), "name": "code-lists"})
    code, printed = pulumi("preview", folder=tmp_path, check=False, bases=bases)
    assert code != 0
    assert "protect" in printed


def test_a_base_goes_in_two_steps_and_no_other_with_it(tmp_path: Path) -> None:
    up = ("up", "--yes", "--skip-preview")
    pulumi(*up, folder=tmp_path, released=release(LEAVES))
    assert containers() == set(BASES), "the first step lifts the protection and nothing else"
    pulumi(*up, folder=tmp_path, bases=[base for base in said()["bases"] if base["name"] != LEAVES])
    assert containers() == set(BASES) - {LEAVES}
    assert volumes() == set(VOLUMES)
    pulumi(*up, folder=tmp_path)
    assert containers() == set(BASES)
