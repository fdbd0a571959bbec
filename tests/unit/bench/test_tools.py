"""What the tools' states say must be told in the same words, and their commands must ask for the same."""

from collections import Counter
from pathlib import Path

import pytest

from bench.up import tools
from bench.up.facts import STACK
from bench.up.figures import Part
from bench.up.ground import Ground, own_environment
from bench.up.peer import SOURCE, Peer
from socle.env import Environment
from tests.unit.bench.test_rounds import Report

PULUMI = {
    "deployment": {
        "resources": [
            {"type": "pulumi:pulumi:Stack"},
            {"type": "pulumi:providers:openstack"},
            {"type": "socle:network:Perimeter"},
            {"type": "openstack:networking/secGroupRule:SecGroupRule"},
            {"type": "openstack:networking/secGroupRule:SecGroupRule"},
            {"type": "openstack:compute/volumeAttach:VolumeAttach"},
            {"type": "openstack:blockstorage/volume:Volume"},
        ]
    }
}
TOFU = {
    "resources": [
        {"mode": "data", "type": "openstack_images_image_v2", "instances": [{}]},
        {"mode": "managed", "type": "openstack_networking_secgroup_rule_v2", "instances": [{}, {}]},
        {"mode": "managed", "type": "openstack_compute_volume_attach_v2", "instances": [{}]},
        {"mode": "managed", "type": "openstack_blockstorage_volume_v3", "instances": [{}]},
    ]
}


def test_states_of_both_tools_are_counted_in_the_same_words() -> None:
    expected = Counter({"networking secgrouprule": 2, "compute volumeattach": 1, "blockstorage volume": 1})
    assert tools.pulumi_types(PULUMI) == expected
    assert tools.tofu_types(TOFU) == expected
    assert tools.pulumi_types({"deployment": None}) == tools.tofu_types({}) == Counter()


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    there = {
        "OS_CLIENT_CONFIG_FILE": "/clouds.yaml",
        "OS_CLOUD": "platform",
        "PULUMI_BACKEND_URL": "file:///elsewhere",
        "PULUMI_STACK": "local-platform",
        "SOCLE_SSH_DIR": "/elsewhere/ssh",
    }
    environment = own_environment(Environment("local", Path("/elsewhere"), there), tmp_path)
    return Ground(environment, tmp_path, tmp_path, tmp_path / "tofu.rc", tmp_path)


@pytest.fixture
def both(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> tuple[tools.Tool, tools.Tool]:
    monkeypatch.setattr(tools, "ensure_stack", lambda _: None)
    monkeypatch.setattr(tools, "_output", lambda *_: "v1.2.3\n")
    peer = Peer(Path("/cache/tofu"), "1.12.6", Path("/cache/provider"), "3.4.0")
    return tools.pulumi(ground, 7, Report()), tools.tofu(ground, 7, peer)


def test_nothing_of_the_standing_environment_is_given_to_the_tools(
    both: tuple[tools.Tool, tools.Tool], ground: Ground
) -> None:
    for tool in both:
        assert not any("/elsewhere" in value for value in tool.variables.values())
        assert tool.variables["OS_CLOUD"] == "platform"
    assert both[0].variables["PULUMI_STACK"] == both[0].variables["SOCLE_STACK"] == STACK
    assert both[0].variables["PULUMI_BACKEND_URL"] == f"file://{ground.environment.folder}/backend"
    assert not any("PULUMI" in name for name in both[1].variables)


def test_both_may_do_the_same_at_once_and_read_the_cloud_in_the_same_parts(
    both: tuple[tools.Tool, tools.Tool],
) -> None:
    ours, theirs = ({part: tools.said(tool, part) for part in Part} for tool in both)
    assert all("--parallel 7" in command for command in ours.values())
    assert all("-parallelism=7" in command for command in theirs.values())
    assert [part for part in Part if "--refresh" in ours[part]] == [Part.READ]
    # OpenTofu reads by default; with nothing made there is nothing to read.
    assert [part for part in Part if "-refresh=false" not in theirs[part]] == [Part.UP, Part.READ]
    assert theirs[Part.UP].startswith("tofu apply ")


def test_a_second_run_that_changes_something_fails_with_either_tool(
    both: tuple[tools.Tool, tools.Tool],
) -> None:
    ours, theirs = both
    for part in tools.SECOND_RUNS:
        assert "--expect-no-changes" in ours.commands[part]
    assert theirs.unchanged == "0 added, 0 changed, 0 destroyed"


def test_the_hcl_asks_for_the_provider_of_the_mirror() -> None:
    versions = Path(tools.__file__).parent / "platform" / "versions.tf"
    assert f'source = "{SOURCE}"' in versions.read_text()
