"""A platform stays while a space stands on it: nothing is deleted before plain `pulumi` refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml

from infra.stackfile import space_of
from tests.cloud.data import laid_over
from tests.cloud.live import BASTION, NAME, ROOT, environment, outputs, run, spaces
from tests.faults.inventory import Thing
from tests.faults.project import listed

PLATFORM = f"{NAME}-platform"
CORE = f"urn:pulumi:{PLATFORM}::hdh::socle:network:Core$openstack:networking/router:Router::{NAME}-core"
NOW = ("--yes", "--skip-preview")
Standing = tuple[set[Thing], set[str]]


def refusal() -> str:
    """What has to be said, in words of this test's own."""
    names = ", ".join(space_of(stack) for stack in spaces())
    one = len(spaces()) == 1
    return (
        f"{PLATFORM} carries {'space' if one else 'spaces'} {names} "
        f"({'stack' if one else 'stacks'} {', '.join(spaces())}): destroy {'it' if one else 'them'} first: "
        + ", ".join(f"pulumi destroy -s {stack}" for stack in spaces())
    )


def stands() -> Standing:
    """Everything that could have been deleted: the whole project in the cloud, and what the state has."""
    state = json.loads(run("pulumi", "stack", "export", "--stack", PLATFORM).stdout)
    with mock.patch.dict("os.environ", environment()):
        return set(listed()), {entry["urn"] for entry in state["deployment"]["resources"]}


def pulumi(*words: str, extra: dict[str, str] | None = None) -> tuple[int, str]:
    done = run(
        "pulumi", *words, "--stack", PLATFORM, "--non-interactive", "--color", "never",
        check=False, extra=extra, timeout=900,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def without_a_zone() -> tuple[str, dict[str, Any]]:
    """The name of a zone, and what the platform's table says instead when it is taken out."""
    document = yaml.safe_load((ROOT / f"stacks/Pulumi.{PLATFORM}.yaml").read_text())
    said = document["config"]["hdh:platform"]
    used = {host["zone"] for host in said["hosts"]}
    if spare := sorted(set(said["zones"]) - used):
        return spare[0], {"zones": [zone for zone in said["zones"] if zone != spare[0]]}
    bastion = next(host for host in said["hosts"] if f"{NAME}-{host['name']}" == BASTION)
    volumes = [
        volume for host in said["hosts"] for volume in host.get("volumes", []) if volume["name"] == "data"
    ]
    gone = next(zone for zone in said["zones"] if zone != bastion["zone"])
    return gone, {"zones": [bastion["zone"]], "hosts": [{**bastion, "volumes": volumes}]}


@pytest.fixture(scope="module")
def before() -> Standing:
    """What stands, at least one space among it."""
    assert spaces(), f"environment {NAME} has no space, so nothing could be refused"
    for stack in spaces():
        assert outputs(stack)["transit"], f"{stack} is not up"
    return stands()


@pytest.mark.parametrize(
    "command", ["destroy", f"destroy --target {CORE} --target-dependents", f"up --replace {CORE}"]
)
def test_nothing_is_deleted_while_a_space_stands(before: Standing, command: str) -> None:
    assert CORE in before[1]
    code, said = pulumi(*command.split(), *NOW)
    assert code != 0
    assert said.partition("Diagnostics:")[2].count(refusal()) == 1, said[-3000:]
    assert stands() == before


@pytest.mark.parametrize("command", [("preview",), ("up", *NOW)])
def test_a_zone_is_not_taken_from_under_a_space(
    before: Standing, tmp_path: Path, command: tuple[str, ...]
) -> None:
    gone, table = without_a_zone()
    code, said = pulumi(*command, extra=laid_over(tmp_path, "hdh:platform", table))
    assert code != 0
    assert "cannot be taken away: " + refusal() in said, said[-3000:]
    assert gone in said
    assert stands() == before


def test_a_cloud_that_does_not_answer_keeps_the_platform(before: Standing, tmp_path: Path) -> None:
    clouds = yaml.safe_load(Path(environment()["OS_CLIENT_CONFIG_FILE"]).read_text())
    clouds["clouds"]["platform"]["auth"]["auth_url"] = "https://127.0.0.1:9/v3"
    file = tmp_path / "clouds.yaml"
    file.write_text(yaml.safe_dump(clouds))
    code, said = pulumi("destroy", *NOW, extra={"OS_CLIENT_CONFIG_FILE": str(file)})
    assert code != 0, said[-3000:]
    assert "cannot be read from the cloud (" in said, said[-3000:]
    assert stands() == before


def test_a_platform_with_spaces_is_as_the_program_says() -> None:
    code, said = pulumi("preview", "--expect-no-changes")
    assert code == 0, said[-3000:]
    code, said = pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert code == 0, said[-3000:]
