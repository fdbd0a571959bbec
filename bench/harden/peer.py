"""The peer: from the same catalogue, a playbook as public hardening roles are written, one task a setting.

No public role could be had: dev-sec's collection is not in the package `ansible`. So that the peer does not
do less than we, every kind that baseline renders setting by setting is here, by Ansible's own modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from socle.controls import Control

Task = dict[str, Any]
SSHD, MODPROBE = "/etc/ssh/sshd_config.d/05-peer.conf", "/etc/modprobe.d/peer.conf"
HANDLERS: list[Task] = [
    {"name": "Reload SSH", "ansible.builtin.systemd_service": {"name": "ssh.service", "state": "reloaded"}},
    {
        "name": "Load audit rules",
        "ansible.builtin.command": {"cmd": "augenrules --load"},
        "changed_when": True,
    },
]


def _line(path: str, line: str, start: str = "", **more: str) -> Task:
    written = {"path": path, "line": line, "create": True, "mode": "0600"} | more
    if start:
        written["regexp"] = f"^{start}\\s"
    return {"ansible.builtin.lineinfile": written}


def _sysctl(p: dict[str, Any]) -> Iterator[Task]:
    for key, value in p["values"].items():
        for name in (
            [key.replace(".*.", f".{which}.") for which in ("all", "default")] if "*" in key else [key]
        ):
            written = {"name": name, "value": value, "sysctl_file": "/etc/sysctl.d/99-peer.conf"}
            yield {"ansible.posix.sysctl": written}


def _sshd(p: dict[str, Any]) -> Iterator[Task]:
    for key, value in p["options"].items():
        yield _line(SSHD, f"{key} {value}", key) | {"notify": "Reload SSH"}


def _modules(p: dict[str, Any]) -> Iterator[Task]:
    for module in p["modules"]:
        yield _line(MODPROBE, f"install {module} /bin/false", f"install {module}", mode="0644")


def _audit(p: dict[str, Any]) -> Iterator[Task]:
    for rule in p["rules"]:
        yield _line("/etc/audit/rules.d/10-peer.rules", rule) | {"notify": "Load audit rules"}


def _path(p: dict[str, Any]) -> Iterator[Task]:
    # Made where it is not there; what is there keeps its times.
    made = {"state": "touch", "access_time": "preserve", "modification_time": "preserve"}
    for one in p["paths"]:
        yield {"ansible.builtin.file": made | {key: one[key] for key in ("path", "owner", "group", "mode")}}


def _packages(p: dict[str, Any]) -> Iterator[Task]:
    for name in p["absent"]:
        yield {"ansible.builtin.apt": {"name": name, "state": "absent", "purge": True}}


def _units(p: dict[str, Any]) -> Iterator[Task]:
    for name in p["enabled"]:
        yield {"ansible.builtin.systemd_service": {"name": name, "enabled": True, "state": "started"}}


def _limits(p: dict[str, Any]) -> Iterator[Task]:
    for item, value in p["limits"].items():
        for domain in ("*", "root"):
            written = {"domain": domain, "limit_type": "hard", "limit_item": item, "value": value}
            yield {"community.general.pam_limits": written}


def _options(path: str) -> Callable[[dict[str, Any]], Iterator[Task]]:
    def made(p: dict[str, Any]) -> Iterator[Task]:
        for key, value in p["options"].items():
            written = {"path": path, "section": "Journal", "option": key, "value": value, "mode": "0644"}
            yield {"community.general.ini_file": written}

    return made


def _apt(p: dict[str, Any]) -> Iterator[Task]:
    for key, value in p["values"].items():
        yield _line("/etc/apt/apt.conf.d/60peer", f'{key} "{value}";', key, mode="0644")


def _mount(p: dict[str, Any]) -> Iterator[Task]:
    if p["source"] == "data_volume":
        return
    yield {
        "ansible.posix.mount": {
            "path": p["target"],
            "src": p["source"],
            "fstype": p["fstype"],
            "opts": ",".join(p["options"]),
            "state": "mounted",
        }
    }


def _sudo(p: dict[str, Any]) -> Iterator[Task]:
    # requiretty and noexec as well: automation's exceptions come with them, in one file that visudo has seen.
    lines = [f"Defaults:{who} {','.join(what)}" for who, what in p["exceptions"].items()]
    for key, value in p["defaults"].items():
        lines.append(f"Defaults {key}" if value is True else f"Defaults {key}={value}")
    for line in lines:
        yield _line("/etc/sudoers.d/10-peer", line, mode="0440", validate="visudo -cf %s")


def _stripped(p: dict[str, Any]) -> Iterator[Task]:
    for path in p.get("stripped", ()):
        yield {"ansible.builtin.file": {"path": path, "mode": "0755", "state": "file"}, "failed_when": False}


MAKERS: dict[str, Callable[[dict[str, Any]], Iterator[Task]]] = {
    "sysctl": _sysctl,
    "sshd": _sshd,
    "modules": _modules,
    "audit": _audit,
    "path": _path,
    "packages": _packages,
    "units": _units,
    "limits": _limits,
    "journald": _options("/etc/systemd/journald.conf.d/peer.conf"),
    "apt_config": _apt,
    "mount": _mount,
    "sudo_defaults": _sudo,
    "scan": _stripped,
}


def tasks(held: list[Control]) -> list[Task]:
    """One task for each setting of these controls, named after control and number."""
    found: list[Task] = []
    for control in held:
        maker = MAKERS.get(control.kind)
        for number, task in enumerate(maker(control.parameters) if maker else (), 1):
            found.append({"name": f"{control.id} {number}", **task})
    return found


def play(held: list[Control], host: str) -> list[dict[str, Any]]:
    """The whole playbook for one host."""
    folder = {"path": "/etc/systemd/journald.conf.d", "state": "directory", "mode": "0755"}
    first: Task = {"name": "A place for the journal's file", "ansible.builtin.file": folder}
    head = {"name": "Harden, one task a setting", "hosts": host, "gather_facts": True, "become": True}
    return [{**head, "tasks": [first, *tasks(held)], "handlers": HANDLERS}]
