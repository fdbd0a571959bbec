"""Every kind of tests/drift/host_kinds.yaml, as the host then answers: found, exactly, and nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.drift.host_seeds import HostSeed, host_seeds
from tests.unit.drift.hosts.guest import failed, sections

UNITS, RUN = "/etc/systemd/system/", "/run/systemd/transient/"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFdgjS0VnAJDB88n3S67njSDRrFdZ3meqEzaadXcnu/A"
FILE = {"content": "sha256:aa", "owner": "0:0", "mode": "0644"}
Act = Callable[[dict[str, Any]], None]


def _file(sort: str, *paths: str) -> Act:
    def act(said: dict[str, Any]) -> None:
        said["standing"]["files"][sort] |= dict.fromkeys(paths, FILE)

    return act


def _edited(sort: str, path: str, **change: str) -> Act:
    def act(said: dict[str, Any]) -> None:
        said["standing"]["files"][sort][path] |= change

    return act


def _add(section: str, part: str, entry: dict[str, Any]) -> Act:
    def act(said: dict[str, Any]) -> None:
        (said[section][part] if part else said[section]).append(entry)

    return act


def _package(said: dict[str, Any]) -> None:
    said["dpkg"]["packages"]["socle-rogue"] = {"version": "6.6.6", "needs": "", "provides": ""}


def _listener(said: dict[str, Any]) -> None:
    entry = {"protocol": "tcp", "address": "127.0.0.1", "port": "8099"}
    said["sockets"].append({**entry, "program": "python3", "file": "/usr/bin/python3.13", "unit": "x"})
    _file("transient", f"{RUN}socle-rogue-listener.service")(said)


def _shell(said: dict[str, Any]) -> None:
    next(one for one in said["standing"]["accounts"] if one["name"] == "games")["shell"] = "/bin/bash"


def _member(said: dict[str, Any]) -> None:
    next(one for one in said["standing"]["groups"] if one["name"] == "sudo")["members"].append("games")


def _rule(said: dict[str, Any]) -> None:
    match = {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 4444}
    rule = {"family": "inet", "table": "socle", "chain": "input", "handle": 99}
    said["ruleset"]["loaded"].insert(6, {"rule": {**rule, "expr": [{"match": match}, {"accept": None}]}})


def _link(path: str) -> Act:
    def act(said: dict[str, Any]) -> None:
        said["standing"]["files"]["unit"][path] = {
            "content": f"-> /usr/lib/systemd/system/{path.rpartition('/')[2]}",
            "owner": "0:0",
            "mode": "",
        }

    return act


ACTS: dict[str, Act] = {
    "package-by-dpkg": _package,
    "listener-by-systemd-run": _listener,
    "second-root": _add(
        "standing",
        "accounts",
        {"name": "rogue", "uid": "0", "gid": "0", "home": "/nonexistent", "shell": "/usr/sbin/nologin"},
    ),
    "shell-of-a-service": _shell,
    "member-of-sudo": _member,
    "key-of-another-account": _add(
        "keys", "keys", {"file": "/usr/games/.ssh/authorized_keys", "key": KEY, "options": ""}
    ),
    "key-beside-automations": _add(
        "keys", "keys", {"file": "/opt/automation/.ssh/authorized_keys", "key": KEY, "options": ""}
    ),
    "timer": _file(
        "unit",
        f"{UNITS}socle-rogue-timer.service",
        f"{UNITS}socle-rogue-timer.timer",
        f"{UNITS}timers.target.wants/socle-rogue-timer.timer",
    ),
    "timer-by-systemd-run": _file(
        "transient", f"{RUN}socle-rogue-run.timer", f"{RUN}socle-rogue-run.service"
    ),
    "cron-file": _file("cron", "/etc/cron.d/rogue"),
    "crontab-of-root": _file("cron", "/var/spool/cron/crontabs/root"),
    "sudoers-drop-in": _file("sudoers", "/etc/sudoers.d/99-rogue"),
    "sudoers-edited": _edited("sudoers", "/etc/sudoers.d/10-socle", content="sha256:aa"),
    "rule-added-live": _rule,
    "table-added-live": _add("ruleset", "loaded", {"table": {"family": "ip", "name": "rogue", "handle": 9}}),
    "bind-mount": _add(
        "mounted", "mounts", {"target": "/mnt", "source": "/dev/vda3[/opt]", "fstype": "ext4"}
    ),
    "hidden-under-a-mount": _add(
        "mounted",
        "mounts",
        {"target": "/var/tmp", "source": "none", "fstype": "tmpfs"},  # noqa: S108
    ),
    "unit-enabled": _link(f"{UNITS}getty.target.wants/console-getty.service"),
    "unit-disabled": lambda said: void(
        said["standing"]["files"]["unit"].pop(f"{UNITS}multi-user.target.wants/auditd.service")
    ),
    "drop-in-edited": _edited("unit", f"{UNITS}ssh.service.d/socle.conf", content="sha256:aa"),
    "drop-in-added": _file("unit", f"{UNITS}chrony.service.d/rogue.conf"),
    "unit-among-debians": lambda said: said["standing"]["unpackaged"].update(
        {"/usr/lib/systemd/system/socle-rogue-lib.service": FILE}
    ),
    "capability": lambda said: said["standing"]["capabilities"].update({"/opt/rogue": "01"}),
    "library-before-all-others": _file("start", "/etc/ld.so.preload"),
    "hook-of-apt": _file("start", "/etc/apt/apt.conf.d/99rogue"),
    "program-of-nobodys": _file("start", "/usr/local/bin/rogue"),
    "mode-of-a-file": _edited("start", "/etc/profile.d/socle-session.sh", mode="0666"),
}


def void(_: object) -> None:
    """Nothing."""


def test_each_kind_has_an_answer() -> None:
    assert {seed.name for seed in host_seeds()} == set(ACTS)


@pytest.mark.parametrize("seed", host_seeds(), ids=lambda seed: seed.name)
def test_what_is_done_and_undone_is_shell(seed: HostSeed) -> None:
    # YAML cuts a line off at " #" without a word.
    for words in (seed.do, seed.undo):
        assert subprocess.run(["/bin/sh", "-nc", words], check=False).returncode == 0, words


def test_a_hardened_host_is_in_sync() -> None:
    assert failed(sections()) == []


@pytest.mark.parametrize("seed", host_seeds(), ids=lambda seed: seed.name)
def test_what_is_made_by_hand_is_found(seed: HostSeed) -> None:
    said = sections()
    ACTS[seed.name](said)
    failures = failed(said)
    assert len(failures) == len(seed.finds), failures
    for find in seed.finds:
        assert any(check == find.check and find.is_about(target) for check, target in failures), failures
