"""Wrong tables: one line each, with file, line, what is wrong and the fix; never a traceback."""

# A table of cases reads best one a line.
# ruff: noqa: E501

import json
import runpy
import shutil
from pathlib import Path
from unittest import mock

import pytest
import yaml
from pulumi.runtime import mocks
from pulumi.runtime.config import set_all_config

from infra import hosts
from infra.facts import FactError
from infra.specification import ROOT, automation_key, load, stack_name
from tests.unit.infra.program import KEY, _Cloud

STACK, ZONES, FLOWS = "Pulumi.local-platform.yaml", "zones.yaml", "flows.yaml"
PROFILE = "profiles/local.yaml"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the committed tables, to be spoilt."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path


def complaint(tree: Path, file: str, old: str, new: str) -> tuple[str, int]:
    """What loading says after the first `old` in `file` became `new`, and the line where that is."""
    path = tree / "stacks" / file
    text = path.read_text()
    assert old in text, f"{old!r} is not in {file}: the test changes nothing"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(FactError) as caught:
        load("local-platform", root=tree)
    message = str(caught.value)
    assert "\n" not in message
    return message, text[: text.index(old)].count("\n") + 1


# file, what is there, what comes instead, what is said, and on which line after the change's own
BAD = [
    (STACK, "profile: local", "profile: moon", "profile moon is unknown; choose local", 0),
    (STACK, "protect: false", "protect: 'no'", "protect: 'no' will not do; input should be a valid boolean", 0),
    (STACK, "number: 10", "numbre: 10", "unknown key 'hosts.0.numbre'; remove it or correct its spelling (and 1 more)", 0),
    (STACK, "number: 10", "number: 5", "hosts.0.number: 5 will not do; input should be greater than or equal to 10", 0),
    (STACK, "10.16.0.0/16", "8.8.0.0/16", "network: 8.8.0.0/16 is not private; take a block out of 10/8", 0),
    (STACK, "10.16.0.0/16", "10.16.0.0/22", "network: 10.16.0.0/22 is too small for zones of /24; take a /21", 0),
    (STACK, "10.16.0.0/16", "10.16.0.1/16", "network: 10.16.0.1/16 has host bits set; correct the value", 0),
    (STACK, "zones: [admin, services]", "zones: [admin, servces]", "zone servces is unknown; choose admin, services", 0),
    (STACK, "zones: [admin, services]", "zones: [admin]", "host services is in zone services, not standing here", None),
    (STACK, "zones: [admin, services]", "zones: [admin, admin]", "zone admin is given twice; each may appear once", None),
    (STACK, "zone: admin\n        number: 10", "zone: services\n        number: 11", "host bastion has role bastion, which may not live in zone services", -1),
    (STACK, "zone: admin", "zone: services", "number services.10 is given twice; each may appear once", None),
    (STACK, "size: small", "size: vast", "host bastion has size vast, which local lacks; choose medium, small", 0),
    (STACK, "role: bastion", "role: services", "0 hosts have the role bastion; one must, it is the way in", None),
    (STACK, "name: data", "name: other", "0 volumes are named data; one must be, others look for it", None),
    (STACK, "mount: /srv/data", "mount: /etc", "volumes.0.mount: '/etc' does not match ^/srv/", 0),
    (STACK, "- name: bastion", "- name: The_Bastion", "hosts.0.name: 'The_Bastion' does not match", 0),
    (STACK, "hdh:layer: platform", "hdh:layer: moon", "layer moon is unknown; choose platform", 0),
    (STACK, "hdh:layer: platform", "hdh:other: x", "'hdh:layer' is missing; choose platform", None),
    (STACK, "environment: local", "environment: local\n    environment: local", "'environment' is said twice; keep one", 1),
    (STACK, "config:", "config: [", "not valid YAML", None),
    (ZONES, "index: 2", "index: 1", "index 1 is given twice; each may appear once", None),
    (ZONES, "index: 2", "index: 32", "zone services has index 32, but 10.16.0.0/16 holds zones 0 to 31", 0),
    (ZONES, "retired: []", "retired: [2]", "zone services has index 2, which is retired; take one never used", None),
    (ZONES, "gateway: true", "gatway: true", "unknown key 'zones.admin.gatway'; remove it or correct its spelling (and 1 more)", 0),
    (FLOWS, "to: role/bastion", "to: role/bastoin", "flow operators-to-bastion: role bastoin is unknown; choose role/bastion", 0),
    (FLOWS, "to: zone/services", "to: zone/servces", "zone servces is unknown; choose zone/admin, zone/services", 0),
    (FLOWS, "to: zone/services", "to: services", "flows.1.to: 'services' does not match ^(zone|role|outside)/", 0),
    (FLOWS, "from: outside/operators", "from: outside/world", "outside world is unknown; choose outside/operators", 0),
    (FLOWS, "to: role/bastion", "to: outside/time", "flow operators-to-bastion is between two places outside", -2),
    (FLOWS, "ports: [22]", "ports: [70000]", "70000 is out of range; ports go from 1 to 65535, the lower one first", 0),
    (FLOWS, "ports: [22]", "ports: ['30-20']", "30-20 is out of range; ports go from 1 to 65535, the lower one first", 0),
    (FLOWS, "ports: [22]", "ports: [ssh]", "'ssh' is no port; write 22 or '8000-8010'", 0),
    (FLOWS, "ports: [22]", "ports: [yes]", "True is no port; write 22 or '8000-8010'", 0),
    (FLOWS, "ports: [22]", "ports: []", "flows.0.ports: [] will not do", 0),
    (FLOWS, "ports: [3142]", "ports: [80]", "outside/package-proxy answers 3142/tcp only, not 80/tcp", 0),
    (FLOWS, "protocol: tcp", "protocol: any", "flows.0.protocol: 'any' will not do; input should be 'tcp' or 'udp'", 0),
    (FLOWS, "    reason:", "    why:", "unknown key 'flows.0.why'; remove it or correct its spelling (and 1 more)", 0),
    (FLOWS, "    reason: Administrators and automation enter by SSH, here and nowhere else\n", "", "'flows.0.reason' is missing; add it", -5),
    (FLOWS, "    owner: platform-team", "", "'flows.0.owner' is missing; add it", -7),
    (FLOWS, "name: bastion-to-services", "name: operators-to-bastion", "flow operators-to-bastion is given twice", None),
    (FLOWS, "ports: [22]", "ports: &ssh [22]\n    copy: *ssh", "*ssh is an alias; write the value out", 1),
    (PROFILE, "198.18.0.0/20", "0.0.0.0/1", "0.0.0.0/1 is nearly the whole internet; name the networks meant", 0),
    (PROFILE, "198.18.0.0/20", "10.16.0.0/24", "10.16.0.0/24 overlaps the environment's 10.16.0.0/16", 0),
    (PROFILE, "region: RegionOne", "region: 1", "region: 1 will not do; input should be a valid string", 0),
]  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=[f"{case[0]}-{case[2]}" for case in BAD])
def test_one_line_says_where_what_and_how_to_fix(
    tree: Path, case: tuple[str, str, str, str, int | None]
) -> None:
    file, old, new, said, offset = case
    message, line = complaint(tree, file, old, new)
    assert said in message
    where = f"stacks/{file}:" if offset is None else f"stacks/{file}:{line + offset}: "
    assert message.startswith(where)


def test_more_hosts_apart_than_hypervisors_is_refused(tree: Path) -> None:
    path = tree / "stacks" / STACK
    path.write_text(path.read_text().replace("size: small", "size: small\n        placement_group: pair"))
    with pytest.raises(
        FactError, match=r"placement group pair has 2 hosts, but profile local has 1 hypervisor\(s\)"
    ):
        load("local-platform", root=tree)


@pytest.mark.parametrize("file", [STACK, ZONES, FLOWS])
def test_a_missing_or_empty_table_is_named(tree: Path, file: str) -> None:
    (tree / "stacks" / file).write_text("")
    with pytest.raises(FactError, match=rf"^stacks/{file}:1: "):
        load("local-platform", root=tree)
    (tree / "stacks" / file).unlink()
    with pytest.raises(FactError, match=rf"^stacks/{file}: no such file; create it"):
        load("local-platform", root=tree)


@pytest.mark.parametrize("name", ["../etc-passwd", "local", "LOCAL-platform", ""])
def test_a_stacks_name_is_no_path(name: str) -> None:
    with pytest.raises(FactError, match="not <environment>-<layer>; say for example local-platform"):
        stack_name(name)


def test_the_committed_tables_are_sound_and_cite_registered_clauses() -> None:
    load("local-platform")
    registry = yaml.safe_load((ROOT / "controls/clauses.yaml").read_text())
    known = {clause["id"] for clause in registry["clauses"]}
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
    assert said_by_pulumi("nowhere", {}).startswith("stack 'nowhere': not <environment>-<layer>")
    assert said_by_pulumi("far-platform", {}).startswith("stacks/Pulumi.far-platform.yaml: no such file")
    table = yaml.safe_load((ROOT / "stacks" / STACK).read_text())["config"]["hdh:platform"]
    config = {"hdh:layer": "platform", "hdh:platform": json.dumps({**table, "zones": ["moon"]})}
    said = said_by_pulumi("local-platform", config)
    assert said == "stacks/Pulumi.local-platform.yaml:13: zone moon is unknown; choose admin, services"
    config["hdh:platform"] = json.dumps(table)
    assert said_by_pulumi("local-platform", config).startswith("SOCLE_SSH_DIR is not set; use `make shell`")


def test_host_facts_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert hosts.main(["--stack", "local-platform"]) == 0
    printed = json.loads(capsys.readouterr().out)
    bastion = printed["hosts"]["local-bastion"]
    assert bastion["input"] == [
        {"protocol": "tcp", "ports": "22", "remote": ["198.18.0.0/20"], "flows": ["operators-to-bastion"]}
    ]
    assert {rule["ports"] for rule in bastion["output"]} == {"22", "3142", "123"}
    assert printed["outside"]["time"] == {"prefixes": ["198.18.255.1/32"], "ports": ["123/udp"]}
    assert hosts.main(["--stack", "no-where"]) == 2
    assert capsys.readouterr().err.startswith("stacks/Pulumi.no-where.yaml: no such file")
