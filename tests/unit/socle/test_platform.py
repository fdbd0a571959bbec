"""Provisioning after accidents: a wiped cloud, a killed pulumi, a cloud that carries someone else's platform.

`pulumi` is a stand-in here that only serves an exported state and notes how it is called; the live tests use
the real one.
"""

import io
import json
import os
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from socle.env import Environment, describe
from socle.errors import FailureError, UserError
from socle.identity import make_folder
from socle.local import lock, mending, platform
from socle.local.down import destroy_stacks, remove_environment
from socle.local.lock import release_dead_lock
from socle.local.progress import PlainReporter
from socle.local.run import Context
from socle.local.stacks import ensure_stack, environment_id, retire_stale_states
from socle.paths import cloud_dir

PULUMI = """#!/bin/sh
echo "$@" >>"$0.calls"
case "$1 $2" in
  "stack export") cp "$0.state" "$4" ;;
  "stack ls") cat "$0.stacks" ;;
esac
"""


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path / "state"))
    (tmp_path / "pulumi").write_text(PULUMI)
    (tmp_path / "pulumi").chmod(0o755)
    _state(tmp_path, 0)
    _known(tmp_path)
    environment = describe("local", {"PATH": os.environ["PATH"]})
    make_folder(environment.folder)
    make_folder(cloud_dir("local"))
    environment = Environment(
        "local", environment.folder, {**environment.variables, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    )
    return Context(environment, PlainReporter(io.StringIO()), tmp_path / "log")


def _known(folder: Path, *stacks: str) -> None:
    """What the backend lists."""
    (folder / "pulumi.stacks").write_text(json.dumps([{"name": name} for name in stacks]))


def _deployed(context: Context, folder: Path) -> None:
    """A stack that an earlier run created."""
    _known(folder, "local-platform")
    make_folder(context.environment.project)
    (context.environment.project / "Pulumi.local-platform.yaml").write_text("encryptionsalt: v1:x\n")


def _state(folder: Path, resources: int) -> None:
    deployment = {"resources": [{"urn": str(n)} for n in range(resources)]}
    (folder / "pulumi.state").write_text(json.dumps({"version": 3, "deployment": deployment}))


def _calls(folder: Path) -> str:
    path = folder / "pulumi.calls"
    return path.read_text() if path.exists() else ""


def test_a_new_cloud_without_former_state_just_gets_its_mark(context: Context, tmp_path: Path) -> None:
    retire_stale_states(context)
    mark = cloud_dir("local") / "environment-id"
    assert mark.read_text().strip() == environment_id(context.environment)
    assert "stack rm" not in _calls(tmp_path)
    assert list(context.environment.folder.glob("stale-state-*")) == []


def test_state_of_a_wiped_cloud_is_kept_in_a_file_and_the_stack_starts_anew(
    context: Context, tmp_path: Path
) -> None:
    _deployed(context, tmp_path)
    _state(tmp_path, 3)
    retire_stale_states(context)
    _known(tmp_path)
    ensure_stack(context)
    calls = _calls(tmp_path)
    assert calls.index("stack rm local-platform --force --yes") < calls.index("stack init local-platform")
    kept = list(context.environment.folder.glob("stale-state-*.json"))
    assert len(json.loads(kept[0].read_text())["deployment"]["resources"]) == 3


def test_state_that_belongs_to_the_standing_cloud_is_left_alone(context: Context, tmp_path: Path) -> None:
    retire_stale_states(context)
    _deployed(context, tmp_path)
    _state(tmp_path, 3)
    retire_stale_states(context)
    ensure_stack(context)
    assert _calls(tmp_path).split() == ["stack", "ls", "--json", "--non-interactive"] * 2


def test_a_cloud_that_carries_another_environment_is_not_touched(context: Context, tmp_path: Path) -> None:
    (cloud_dir("local") / "environment-id").write_text("another\n")
    with pytest.raises(UserError, match="make down"):
        retire_stale_states(context)
    assert _calls(tmp_path) == ""


def _lock(context: Context, content: str) -> Path:
    path = context.environment.folder / "backend/.pulumi/locks/organization/hdh/local-platform/x.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    return path


def test_the_lock_of_a_dead_pulumi_is_removed(context: Context) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    path = _lock(context, json.dumps({"pid": dead.pid, "hostname": socket.gethostname()}))
    release_dead_lock(context)
    assert not path.exists()


def test_a_half_written_lock_is_removed(context: Context) -> None:
    path = _lock(context, '{"pid": 1')
    release_dead_lock(context)
    assert not path.exists()


@pytest.mark.parametrize("host", [socket.gethostname(), "another-machine"])
def test_a_lock_that_may_be_alive_stays(context: Context, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    with subprocess.Popen(["sleep", "60"]) as alive:
        path = _lock(context, json.dumps({"pid": alive.pid, "hostname": host}))
        with pytest.raises(UserError, match=r"another pulumi works on the stack .*socle state unlock"):
            release_dead_lock(context)
        assert path.exists()
        alive.kill()


def test_the_lock_of_another_environments_stack_is_none_of_ours(context: Context) -> None:
    path = _lock(context, json.dumps({"pid": 1, "hostname": "another-machine"}))
    elsewhere = path.parent.with_name("production-platform")
    path.parent.rename(elsewhere)
    release_dead_lock(context)
    assert (elsewhere / path.name).exists()


def test_whoever_works_on_another_stack_is_not_waited_for(context: Context) -> None:
    path = _lock(context, json.dumps({"pid": os.getpid(), "hostname": socket.gethostname()}))
    release_dead_lock(context, ["local-space-alpha"])
    assert path.exists()


def test_a_new_cloud_removes_no_state_from_a_database(context: Context, tmp_path: Path) -> None:
    url = "postgres://hdh@db/hdh?sslmode=verify-full&sslrootcert=system"
    variables = {**context.environment.variables, "PULUMI_BACKEND_URL": url}
    elsewhere = replace(context, environment=replace(context.environment, variables=variables))
    _deployed(context, tmp_path)
    with pytest.raises(UserError, match="state in PostgreSQL has local-platform"):
        retire_stale_states(elsewhere)
    assert _calls(tmp_path).split() == ["stack", "ls", "--json", "--non-interactive"]


def test_a_lock_whose_number_is_another_programs_today_is_removed(context: Context) -> None:
    long_ago = {"timestamp": "2020-01-01T00:00:00.123456789+01:00"}
    path = _lock(context, json.dumps({"pid": os.getppid(), "hostname": socket.gethostname(), **long_ago}))
    release_dead_lock(context)
    assert not path.exists()


def test_a_stack_whose_file_was_not_written_before_the_kill_gets_one(
    context: Context, tmp_path: Path
) -> None:
    _known(tmp_path, "local-platform")
    ensure_stack(context)
    assert "stack init" not in _calls(tmp_path)
    assert (context.environment.project / "Pulumi.local-platform.yaml").read_text() == "{}\n"


def test_a_file_whose_stack_was_removed_before_the_kill_does_not_stand_for_it(
    context: Context, tmp_path: Path
) -> None:
    _deployed(context, tmp_path)
    _known(tmp_path)
    ensure_stack(context)
    assert "stack init local-platform" in _calls(tmp_path)
    assert (context.environment.project / "Pulumi.local-platform.yaml").read_text() == "{}\n"


def _answering(monkeypatch: pytest.MonkeyPatch, code: int, said: str) -> None:
    """`infra.leftovers` ends with `code`."""
    done = subprocess.CompletedProcess[str]([], code, "", said)
    monkeypatch.setattr(mending, "ask", lambda _context, _module: done)


def test_leftovers_that_were_settled_are_told(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    _answering(monkeypatch, 0, "network local-admin (1): its creation was interrupted\n")
    assert mending.settle_leftovers(context)
    assert "network local-admin" in context.log.read_text()
    _answering(monkeypatch, 0, "")
    assert not mending.settle_leftovers(context)


def test_up_is_not_run_over_what_a_person_has_to_look_at(
    context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _deployed(context, tmp_path)
    _answering(monkeypatch, 3, "volume local-data (1): it is one of 2 that could be meant\n")
    with pytest.raises(UserError, match="one of 2"):
        platform.provision_one(context)
    _answering(monkeypatch, 1, "no route to host\n")
    with pytest.raises(FailureError, match="no route to host"):
        platform.provision_one(context)
    assert "up " not in _calls(tmp_path)


def test_a_failed_up_is_run_once_more_when_it_left_something(
    context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _deployed(context, tmp_path)
    (tmp_path / "pulumi").write_text(PULUMI + 'case "$1" in up) exit 1;; esac\n')
    answers = ["", "", "network local-admin (1): it is deleted\n", ""]
    monkeypatch.setattr(
        mending, "ask", lambda *_: subprocess.CompletedProcess[str]([], 0, "", answers.pop(0))
    )
    with pytest.raises(FailureError):
        platform.provision_one(context)
    assert answers == []
    assert _calls(tmp_path).count("up --yes") == 2


def test_every_stack_of_the_environment_is_brought_up_in_the_order_they_stand_on_each_other(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str]] = []

    def one(part: Context) -> None:
        seen.append((part.environment.stack, part.environment.for_child()["PULUMI_STACK"]))

    monkeypatch.setattr(platform, "provision_one", one)
    platform.provision(context)
    everything = ("local-platform", "local-data", "local-space-alpha")
    assert seen == [(stack, stack) for stack in everything]
    seen.clear()
    platform.provision(context, ["local-space-alpha", "local-data"])
    assert [stack for stack, _ in seen] == ["local-data", "local-space-alpha"]


def test_all_stacks_of_an_environment_use_one_file_outside_the_work_tree(
    context: Context, tmp_path: Path
) -> None:
    data = replace(context, environment=context.environment.of("local-data"))
    shared = context.environment.variables["PULUMI_OPTION_CONFIG_FILE"]
    assert data.environment.variables["PULUMI_OPTION_CONFIG_FILE"] == shared
    ensure_stack(data)
    assert "stack init local-data" in _calls(tmp_path)
    assert Path(shared).exists()


def test_the_project_file_that_another_run_may_be_reading_is_not_written_anew(context: Context) -> None:
    ensure_stack(context)
    file = context.environment.project / "Pulumi.yaml"
    before = (file.read_text(), file.stat().st_mtime_ns)
    ensure_stack(replace(context, environment=context.environment.of("local-space-alpha")))
    assert (file.read_text(), file.stat().st_mtime_ns) == before


def test_down_removes_keys_and_state_but_not_what_was_measured(context: Context) -> None:
    folder = context.environment.folder
    for name in ("timings.jsonl", "passphrase", "environment-id"):
        (folder / name).write_text("x")
    make_folder(folder / "ssh")
    make_folder(folder / "backend")
    remove_environment(context)
    assert [path.name for path in folder.iterdir()] == ["timings.jsonl"]


def test_what_stands_on_others_is_destroyed_first_and_data_is_left(context: Context, tmp_path: Path) -> None:
    _known(tmp_path, "local-data", "local-platform", "local-space-beta", "local-space-alpha", "full-platform")
    (tmp_path / "pulumi").write_text(PULUMI.replace('echo "$@"', 'echo "$PULUMI_STACK $@"'))
    destroy_stacks(context)
    destroyed = [line.split()[0] for line in _calls(tmp_path).splitlines() if line.split()[1] == "destroy"]
    assert destroyed == ["local-space-alpha", "local-space-beta", "local-platform"]
    assert "stack local-data holds protected data and is not destroyed" in context.log.read_text()


def test_the_platform_stays_when_a_space_could_not_be_destroyed(context: Context, tmp_path: Path) -> None:
    _known(tmp_path, "local-platform", "local-space-alpha")
    (tmp_path / "pulumi").write_text(PULUMI + '[ "$1" = destroy ] && echo "error: no" && exit 1\nexit 0\n')
    with pytest.raises(FailureError, match="error: no"):
        destroy_stacks(context)
    assert _calls(tmp_path).count("destroy") == 1
