"""What a provider has to be before a stack is brought up there; planning asks for none of it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.clearance import clear
from infra.config import Profile
from infra.facts import FactError, read, validate
from infra.specification import load, load_data, load_space
from infra.stackfile import ROOT
from tests.unit.infra.bad_tables import PROFILE, STACK
from tests.unit.infra.entering import enter

pytestmark = pytest.mark.usefixtures("ssh_dir")
TODAY = datetime.now(UTC).date()
LOAD: dict[str, Any] = {
    "full-platform": load,
    "full-space-alpha": load_space,
    "full-data": load_data,
    "local-platform": load,
}
HOLDS = {
    "full-platform": "zone data, zone exchange, zone backup",
    "full-space-alpha": "a project space",
    "full-data": "base hospital-stays",
}


def provider(tree: Path, expiry: date | None, **features: bool) -> None:
    """Make the profile local one that may hold real data."""
    path = tree / "stacks" / PROFILE
    said = yaml.safe_load(path.read_text())
    said["qualification"] |= {"real_data": True, "number": "1234", "expiry": expiry}
    said["features"] |= {"encrypted_root": True, **features}
    path.write_text(yaml.safe_dump(said, sort_keys=False))


def refusal(stack: str, tree: Path) -> str:
    spec = LOAD[stack](stack, root=tree)  # the tables themselves can be planned
    with pytest.raises(FactError) as caught:
        clear(spec)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("stack", LOAD)
def test_a_cloud_to_try_things_on_is_asked_for_nothing(stack: str) -> None:
    assert clear(LOAD[stack](stack)) == ""


@pytest.mark.parametrize("stack", HOLDS)
def test_health_data_wants_a_qualification(tree: Path, stack: str) -> None:
    provider(tree, None)
    said = refusal(stack, tree)
    assert said.startswith(f"stacks/{PROFILE}:")
    assert f": {stack} holds health data ({HOLDS[stack]}), but profile local has no SecNumCloud" in said
    assert said.endswith("enter its document, number and expiry, or take a provider that is qualified")


@pytest.mark.parametrize("stack", HOLDS)
def test_a_qualification_holds_until_the_end_of_its_last_day(tree: Path, stack: str) -> None:
    yesterday = TODAY - timedelta(days=1)
    provider(tree, yesterday)
    said = refusal(stack, tree)
    line = (tree / "stacks" / PROFILE).read_text().split("\n").index(f"  expiry: {yesterday}")
    assert said.startswith(f"stacks/{PROFILE}:{line + 1}: {stack} holds health data ({HOLDS[stack]}), but")
    assert "ended on" in said
    provider(tree, TODAY)
    assert "in 0 days" in clear(LOAD[stack](stack, root=tree))


@pytest.mark.parametrize(("days", "warned"), [(0, True), (90, True), (91, False), (400, False)])
def test_its_end_is_said_ninety_days_before(tree: Path, days: int, warned: bool) -> None:
    provider(tree, TODAY + timedelta(days=days))
    said = clear(load_data("full-data", root=tree))
    if warned:
        assert said.startswith(f"stacks/{PROFILE}:")
        assert f"ends on {TODAY + timedelta(days=days)}, in {days} days; see to its renewal" in said
    else:
        assert said == ""


def test_a_layer_without_health_data_asks_for_no_qualification(tree: Path) -> None:
    provider(tree, None, encrypted_root=False)
    assert clear(load("local-platform", root=tree)) == ""


@pytest.mark.parametrize("stack", HOLDS)
def test_health_data_lies_on_encrypted_disks_only(tree: Path, stack: str) -> None:
    provider(tree, TODAY + timedelta(days=400), encrypted_root=False)
    if stack == "full-data":  # it has no hosts, and its volumes are of the encrypted type
        assert clear(load_data(stack, root=tree)) == ""
        return
    host = {"full-platform": "full-database", "full-space-alpha": "full-alpha-desk"}[stack]
    said = refusal(stack, tree)
    assert f"also on {host}, whose disk profile local does not encrypt; take a provider that does" in said


def test_the_program_refuses_before_it_asks_for_anything_and_shows_warnings(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", warned.append)
    provider(tree, TODAY - timedelta(days=1))
    for stack in ("local-space-alpha", "local-data"):
        result = enter(stack, tree)
        (told,) = result.told
        assert f"{stack} holds health data" in told
        assert (result.made, result.asked) == ([], [])
    provider(tree, TODAY + timedelta(days=30))
    for stack in ("local-space-alpha", "local-data"):
        assert enter(stack, tree).made
    assert [line.partition("in 30 days; ")[2][:18] for line in warned] == ["see to its renewal"] * 2


@pytest.mark.parametrize("name", ["template-a", "template-b"])
def test_an_environment_is_planned_on_a_template_but_never_brought_up(tree: Path, name: str) -> None:
    path = tree / "stacks" / STACK
    path.write_text(path.read_text().replace("profile: local", f"profile: {name}"))
    assert load("local-platform", root=tree).plan.hosts
    for stack in ("local-platform", "local-space-alpha", "local-data"):
        result = enter(stack, tree)
        (told,) = result.told
        assert f"profile {name} is a template; fill in a copy with template: false" in told
        assert told.startswith(f"stacks/{STACK}:")
        assert (result.made, result.asked) == ([], [])


@pytest.mark.parametrize("name", ["template-a", "template-b"])
def test_templates_are_whole_and_say_what_to_fill_in(name: str) -> None:
    document = read(ROOT / f"stacks/profiles/{name}.yaml", name)
    profile = validate(Profile, document, (), document.data)
    assert (profile.template, profile.qualification.real_data) == (True, True)
    for said in (profile.qualification.document, profile.qualification.number, profile.region, profile.image):
        assert said.startswith("fill-in")
