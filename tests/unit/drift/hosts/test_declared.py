"""Where what is declared comes from: the roles' own tasks, Ansible's rendering of them, and the image's
build."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.image import manifest, sbom, standing
from socle.drift.hosts import image, rendered, roles
from socle.drift.hosts.facts import Image
from socle.errors import FailureError


def by_name(name: str) -> roles.Role:
    return next(one for one in roles.roles() if one.name == name)


def test_roles_declare_what_their_tasks_do() -> None:
    collector, resolver = by_name("collector"), by_name("resolver")
    assert (resolver.packages, resolver.enabled) == (("unbound",), ("unbound.service",))
    assert collector.enabled == ("socle-log-keep.timer",)
    assert "/etc/systemd/system/syslog-ng.service.d/socle-collector.conf" in {
        it.dest for it in collector.puts
    }
    assert "/etc/sudoers.d/10-socle" in {it.dest for it in by_name("baseline").puts}
    assert "/etc/chrony/chrony.conf" not in {
        it.dest for it in by_name("baseline").puts
    }  # nobody reads it here


def test_a_host_has_the_roles_of_its_conditions() -> None:
    names = {one.name for one in roles.roles() if one.on(("always", "bastion", "log_client"))}
    assert names == {"bastion", "baseline", "people", "log_client"}


def test_a_condition_that_is_not_understood_is_our_failure(tmp_path: Path, monkeypatch: Any) -> None:
    file = tmp_path / "site.yml"
    file.write_text(json.dumps([{"roles": [{"role": "baseline", "when": "inventory_hostname == 'x'"}]}]))
    monkeypatch.setattr(roles, "PLAYBOOK", file)
    with pytest.raises(FailureError, match="baseline is not understood"):
        roles.roles.__wrapped__()


def test_the_playbook_renders_each_file_with_its_role_s_own_words() -> None:
    (play,) = rendered.playbook()
    tasks = {one["name"]: one for one in play["tasks"]}
    keep = next(one for name, one in tasks.items() if name.startswith("collector: {{"))
    assert keep["loop"] == ["socle-log-keep", "socle-log-keep.service", "socle-log-keep.timer"]
    assert keep["when"] == ["'role_collector' in group_names"]
    assert 'roles/collector/templates/" ~ item ~ ".j2"' in keep["ansible.builtin.debug"]["msg"]["digest"]
    assert all("ansible.builtin.debug" in one for one in play["tasks"][2:]), "it must touch no host"


def answer(**hosts: Any) -> str:
    task = {"task": {"name": "baseline: /etc/sudoers.d/10-socle"}, "hosts": hosts}
    blank = {"task": {"name": "x"}, "hosts": {}}
    return json.dumps({"plays": [{"tasks": [blank, blank, task]}], "stats": {key: {} for key in hosts}})


def test_what_ansible_said_becomes_files_and_an_error_stays_one(tmp_path: Path) -> None:
    good = {"msg": {"dest": "/etc/sudoers.d/10-socle", "mode": "0440", "digest": "ab"}}
    out = answer(a=good, b={"failed": True, "msg": "'x' is undefined"}, c={"skipped": True})
    found = rendered.read(out + "\nPLAY RECAP", "", tmp_path)
    assert found["a"] == {"/etc/sudoers.d/10-socle": {"content": "sha256:ab", "mode": "0440", "owner": "0:0"}}
    assert found["b"] == {"/etc/sudoers.d/10-socle": {"error": "'x' is undefined"}}
    assert found["c"] == {}


@pytest.mark.parametrize("out", ["", "not json", '{"plays": []}', '{"plays": [{"tasks": []}], "stats": {}}'])
def test_no_answer_of_ansible_is_our_failure(out: str, tmp_path: Path) -> None:
    with pytest.raises(FailureError, match="cannot be rendered"):
        rendered.read(out, "boom", tmp_path)


def tree(root: Path) -> Path:
    for folder in ("etc/cron.d", "etc/systemd/system/a.wants", "opt", "proc"):
        (root / folder).mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\nbroken\nroot:x:1:1::/:/x\n")
    (root / "etc/group").write_text("sudo:x:27:b,a\n")
    (root / "etc/cron.d/x").write_text("line\n")
    (root / "etc/systemd/system/a.wants/u").symlink_to("/dev/null")
    (root / "etc/sudoers").write_text("# Created by cloud-init v. 1 on Monday\nx\n")
    return root


def test_a_tree_is_read_as_a_host_is(tmp_path: Path) -> None:
    found = standing.read(tree(tmp_path))
    assert [one["uid"] for one in found["accounts"]] == ["0", "1"]
    assert found["groups"] == [{"name": "sudo", "gid": "27", "members": ["a", "b"]}]
    assert found["files"]["cron"]["/etc/cron.d/x"]["content"] == standing.digest(b"line\n")
    assert found["files"]["unit"]["/etc/systemd/system/a.wants/u"]["content"] == "-> /dev/null"
    # The day on which cloud-init wrote it is no difference.
    assert found["files"]["sudoers"]["/etc/sudoers"]["content"] == standing.digest(b"x\n")


def test_more_files_than_anybody_has_are_an_error_not_a_list(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(standing, "MOST", 2)
    for number in range(3):
        (tmp_path / f"{number}").write_text("")
    with pytest.raises(OSError, match="more than 2 files"):
        standing.files(tmp_path.parent, (tmp_path.name,))


def built(folder: Path) -> Path:
    stands = standing.write(tree(folder / "tree"), folder)
    bill = json.dumps({"components": [{"name": "bash", "version": "5"}]})
    (folder / sbom.NAME).write_text(bill)
    digest = hashlib.sha256(bill.encode()).hexdigest()
    manifest.save(manifest.Manifest("k", "trixie", "now", "", {}, {}, digest, stands, {}), folder)
    return folder


def test_an_image_is_what_its_build_kept(tmp_path: Path) -> None:
    found = image.recorded("k1", built(tmp_path))
    assert isinstance(found, Image)
    assert found.packages == {"bash": "5"}
    assert found.standing["groups"][0]["name"] == "sudo"


@pytest.mark.parametrize("file", [standing.NAME, sbom.NAME, manifest.NAME])
def test_a_record_that_was_changed_or_is_gone_is_not_believed(file: str, tmp_path: Path) -> None:
    folder = built(tmp_path)
    text = (folder / file).read_text()
    # Still JSON of the same shape: only the checksum, or the version, tells.
    changed = (
        text.replace("sudo", "wheel")
        .replace("bash", "rash")
        .replace(f'"version": {manifest.VERSION}', '"version": 2')
    )
    assert changed != text
    (folder / file).write_text(changed)
    said = image.recorded(f"k2{file}", folder)
    assert isinstance(said, str)
    assert "is not known" in said


def test_an_image_of_somebody_else_is_told() -> None:
    assert "it is not one that" in str(image.recorded(""))
