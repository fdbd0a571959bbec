"""The peer's playbook does what baseline does, task by task; both sides get a new server each time."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bench.harden.__main__ import main, measure
from bench.harden.peer import MAKERS, play, tasks
from socle.controls import load
from socle.paths import ROOT
from tests.hosts.catalogue import controls

# What baseline renders whole, by a template that no setting of a control can be taken from alone.
WHOLE = {"sshd_accounts", "banner", "pam", "private_tmp", "login_shell", "partitions"}


def test_every_kind_that_baseline_renders_has_its_tasks() -> None:
    rendered = {name for name, kind in load().kinds.items() if kind.rendered_by == "baseline"}
    assert rendered - WHOLE == set(MAKERS)


def test_each_setting_is_a_task_and_each_task_one_module() -> None:
    made = tasks(list(controls()))
    sysctls = [c.parameters["values"] for c in controls() if c.kind == "sysctl"]
    wanted = sum(2 if "*" in key else 1 for values in sysctls for key in values)
    assert sum("ansible.posix.sysctl" in task for task in made) == wanted
    assert all(sum("." in key for key in task) == 1 for task in made)
    assert len({task["name"] for task in made}) == len(made) > 100


def test_the_playbook_is_one_that_ansible_reads() -> None:
    text = yaml.safe_dump(play(list(controls()), "h"))
    assert yaml.safe_load(text)[0]["hosts"] == "h"


def test_a_new_server_for_each_side_two_converges_each_and_ours_last(tmp_path: Path) -> None:
    done: list[str] = []
    lines = measure("h", tmp_path / "peer.yml", 2, lambda argv: done.append(" ".join(argv)))
    renewed = ["openstack server rebuild --wait h", ".venv/bin/socle hosts pin --forget h"]
    peer = f"ansible-playbook {tmp_path}/peer.yml --limit h"
    site = "ansible-playbook playbooks/site.yml --limit h"
    assert done == [*renewed, peer, peer, *renewed, site, site] * 2
    assert [(line.aim, len(line.ours), len(line.peer)) for line in lines] == [(0.5, 2, 2), (0.2, 2, 2)]


@pytest.mark.parametrize(
    "words", [["--host", "h"], ["--rebuild"], ["--host", "h", "--rebuild", "--output", "/no/f"]]
)
def test_nothing_is_emptied_that_was_not_asked_for(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--cloud", "nosuch", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (ROOT / "docs/measured/bench-harden.json").exists()
