"""What else can be wrong: missing files, names, keys; and what is printed for hosts of sound tables."""

import json
import runpy
from pathlib import Path
from unittest import mock

import pytest
import yaml
from pulumi.runtime import mocks
from pulumi.runtime.config import set_all_config

from infra import hosts
from infra.access import automation_key
from infra.facts import FactError
from infra.specification import load, load_data, load_spaces
from infra.stackfile import ROOT, stack_name
from socle.clauses import load as clauses
from tests.unit.infra.bad_tables import FLOWS, PROFILE, STACK, ZONES
from tests.unit.infra.program import KEY, _Cloud


def test_more_hosts_apart_than_hypervisors_is_refused(tree: Path) -> None:
    path, profile = tree / "stacks" / STACK, tree / "stacks" / PROFILE
    said = yaml.safe_load(path.read_text())
    hosts = said["config"]["hdh:platform"]["hosts"]
    third = {"name": "third", "roles": ["time"], "zone": "services", "number": 11, "size": "small"}
    said["config"]["hdh:platform"]["hosts"] = [{**h, "placement_group": "trio"} for h in (*hosts, third)]
    path.write_text(yaml.safe_dump(said))
    text = profile.read_text().replace("anti_affinity: false", "anti_affinity: true")
    profile.write_text(text.replace("hypervisors: 1", "hypervisors: 2"))
    with pytest.raises(
        FactError, match=r"placement group trio has 3 hosts, but profile local has 2 hypervisor\(s\)"
    ):
        load("local-platform", root=tree)
    profile.write_text(text.replace("hypervisors: 1", "hypervisors: 3"))
    assert len(load("local-platform", root=tree).plan.hosts) == len(hosts) + 1


def test_a_container_wants_a_provider_that_keeps_versions(tree: Path) -> None:
    profile = tree / "stacks" / PROFILE
    profile.write_text(profile.read_text().replace("object_versioning: true", "object_versioning: false"))
    with pytest.raises(FactError, match=rf"^stacks/{STACK}:\d+: container: profile local keeps no"):
        load("local-platform", root=tree)


@pytest.mark.parametrize("file", [STACK, ZONES, FLOWS])
def test_a_missing_or_empty_table_is_named(tree: Path, file: str) -> None:
    (tree / "stacks" / file).write_text("")
    with pytest.raises(FactError, match=rf"^stacks/{file}:1: "):
        load("local-platform", root=tree)
    (tree / "stacks" / file).unlink()
    with pytest.raises(FactError, match=rf"^stacks/{file}: no such file; create it"):
        load("local-platform", root=tree)


@pytest.mark.parametrize(
    "name", ["../etc-passwd", "local", "LOCAL-platform", "local-space-", "local-moon", ""]
)
def test_a_stacks_name_is_no_path(name: str) -> None:
    with pytest.raises(FactError, match="not <environment>-platform, -data or -space-<name>; say for"):
        stack_name(name)


def test_the_committed_tables_are_sound_and_cite_registered_clauses() -> None:
    for environment in ("local", "full"):
        load_data(f"{environment}-data")
        assert load_spaces(environment)
    known = set(clauses().by_id())
    cited = {flow["clause"] for flow in yaml.safe_load((ROOT / "stacks/flows.yaml").read_text())["flows"]}
    assert cited <= known


def test_the_automation_key_comes_from_the_stack_or_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    platform = load("local-platform").platform
    monkeypatch.delenv("SOCLE_SSH_DIR", raising=False)
    with pytest.raises(FactError, match="SOCLE_SSH_DIR is not set; use `make shell`"):
        automation_key(platform)
    monkeypatch.setenv("SOCLE_SSH_DIR", str(tmp_path))
    with pytest.raises(FactError, match="No such file or directory; run `make up`"):
        automation_key(platform)
    (tmp_path / "id_ed25519.pub").write_text("ssh-dss AAAA weak")
    with pytest.raises(FactError, match="not a strong OpenSSH public key; give an ssh-ed25519 one"):
        automation_key(platform)
    (tmp_path / "id_ed25519.pub").write_text(f"{KEY}\n")
    assert automation_key(platform) == KEY
    assert automation_key(platform.model_copy(update={"automation_key": "given"})) == "given"


def said_by_pulumi(stack: str, config: dict[str, str]) -> str:
    """Run infra/ as Pulumi does; the one message it leaves behind with "the user has been told"."""
    mocks.set_mocks(_Cloud(), project="hdh", stack=stack)
    set_all_config(config)
    with mock.patch("pulumi.log.error") as log, pytest.raises(SystemExit) as left:
        runpy.run_path(str(ROOT / "infra"), run_name="__main__")
    assert left.value.code == 32
    ((message,), _) = log.call_args
    assert log.call_count == 1
    assert "\n" not in message
    return str(message)


def test_pulumi_shows_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOCLE_SSH_DIR", raising=False)
    assert said_by_pulumi("nowhere", {}).startswith("stack 'nowhere': not <environment>-platform,")
    assert said_by_pulumi("far-platform", {}).startswith("stacks/Pulumi.far-platform.yaml: no such file")
    table = yaml.safe_load((ROOT / "stacks" / STACK).read_text())["config"]["hdh:platform"]
    config = {"hdh:layer": "platform", "hdh:platform": json.dumps({**table, "zones": ["moon"]})}
    said = said_by_pulumi("local-platform", config)
    assert said == "stacks/Pulumi.local-platform.yaml:13: zone moon is unknown; choose admin, backup, " + (
        "data, edge, exchange, services"
    )
    config["hdh:platform"] = json.dumps(table)
    assert said_by_pulumi("local-platform", config).startswith("SOCLE_SSH_DIR is not set; use `make shell`")


def test_host_facts_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert hosts.main(["--stack", "local-platform"]) == 0
    printed = json.loads(capsys.readouterr().out)
    bastion = printed["hosts"]["local-bastion"]
    assert bastion["input"] == [
        {"protocol": "tcp", "ports": "22", "remote": ["198.18.0.0/20"], "flows": ["operators-to-bastion"]}
    ]
    assert {rule["ports"] for rule in bastion["output"]} == {"22", "53", "123", "3142", "6514"}
    assert printed["hosts"]["local-services"]["roles"][:2] == ["package-proxy", "time"]
    assert printed["roles"]["time"] == ["10.16.2.10"]
    assert printed["outside"]["time"] == {"prefixes": ["198.18.255.1/32"], "ports": ["123/udp"]}
    assert hosts.main(["--stack", "no-platform"]) == 2
    assert capsys.readouterr().err.startswith("stacks/Pulumi.no-platform.yaml: no such file")


def test_host_facts_of_a_space(capsys: pytest.CaptureFixture[str]) -> None:
    assert hosts.main(["--stack", "full-space-alpha"]) == 0
    printed = json.loads(capsys.readouterr().out)
    ((name, desk),) = printed["hosts"].items()
    assert (name, desk["space"], desk["address"]) == ("full-alpha-desk", "alpha", "10.17.128.74")
    assert desk["input"] == [
        {"protocol": "tcp", "ports": "22", "remote": ["10.17.1.10/32"], "flows": ["bastion-to-hosts"]}
    ]
    assert {remote for rule in desk["output"] for remote in rule["remote"]} == {"10.17.2.10/32"}
    assert printed["roles"]["package-proxy"] == ["10.17.2.10"]
