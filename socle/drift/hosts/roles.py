"""What the roles of playbooks/site.yml declare: packages, units they enable, files they put. Reads their
tasks.

There is no second list: what a task installs, enables or writes is what the role declares. What is written
by a role's shell scripts is not seen here; none of them writes where `localcloud/image/standing.py` looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from localcloud.image.standing import PLACES
from socle.errors import FailureError
from socle.paths import ROOT

ROLES, PLAYBOOK = ROOT / "roles", ROOT / "playbooks" / "site.yml"
_ENABLED = re.compile(r"systemctl enable (?:--now )?([\w@.-]+\.(?:service|timer|socket|path))")
_WHEN = re.compile(r"'(?:role_)?(\w+)' in (?:group_names|socle_conditions)")
_GUARD = "lockout_guard"
"""Undone by its own confirmation: what it puts on a host must not stay there."""


@dataclass(frozen=True)
class Put:
    """A file that a task puts on hosts. `source`: a template, file or `content`, by `way`; with Jinja."""

    role: str
    way: str
    source: str
    dest: str
    mode: str
    loop: Any
    when: tuple[str, ...]


@dataclass(frozen=True)
class Role:
    """One role. `condition`: the word of the host's conditions that it needs; empty: every host has it."""

    name: str
    condition: str
    when: tuple[str, ...]
    packages: tuple[str, ...]
    enabled: tuple[str, ...]
    puts: tuple[Put, ...]

    def on(self, conditions: tuple[str, ...]) -> bool:
        """Whether a host with these conditions has it."""
        return not self.condition or self.condition in conditions


@cache
def roles() -> tuple[Role, ...]:
    """Every role of the playbook; FailureError when one is written in a way that is not understood here."""
    play = yaml.safe_load(PLAYBOOK.read_text(encoding="utf-8"))[0]
    listed: dict[str, tuple[str, ...]] = {}
    for task in play.get("pre_tasks", []):
        name = (task.get("ansible.builtin.import_role") or {}).get("name")
        if name and name != _GUARD:
            listed[name] = _said(task.get("when"))
    for entry in play["roles"]:
        listed[entry["role"]] = _said(entry.get("when"))
    return tuple(_role(name, when) for name, when in listed.items())


def _role(name: str, when: tuple[str, ...]) -> Role:
    conditions = [match[1] for text in when if (match := _WHEN.fullmatch(text))]
    if len(conditions) != len(when) or len(conditions) > 1:
        what = f"the condition of role {name} is not understood: {' and '.join(when)}"
        raise FailureError(what, "playbooks/site.yml", "write `'word' in socle_conditions`")
    folder = ROLES / name
    defaults = _read(folder / "defaults" / "main.yml") or {}
    tasks = [(task, (*when, *outer)) for task, outer in _tasks(folder)]
    shown = yaml.safe_dump([task for task, _ in tasks], width=10_000)
    handlers = folder / "handlers" / "main.yml"
    services = [*(task for task, _ in tasks), *((_read(handlers) or []) if handlers.exists() else [])]
    enabled = {*_ENABLED.findall(shown), *_by_module(services)}
    packages = defaults.get(f"{name}_packages", [])
    return Role(
        name,
        conditions[0] if conditions else "",
        when,
        tuple(packages),
        tuple(sorted(enabled)),
        tuple(put for task, outer in tasks for put in _puts(name, task, outer)),
    )


def _by_module(tasks: list[dict[str, Any]]) -> Iterator[str]:
    for task in tasks:
        said = task.get("ansible.builtin.systemd_service") or {}
        if said.get("enabled"):
            yield said["name"]


def _tasks(folder: Path) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Every task of a role with the conditions under which its file is read."""
    for entry in _read(folder / "tasks" / "main.yml") or []:
        file = entry.get("ansible.builtin.import_tasks")
        if not file:
            yield entry, ()
            continue
        for task in _read(folder / "tasks" / file) or []:
            yield task, _said(entry.get("when"))


def _puts(role: str, task: Mapping[str, Any], outer: tuple[str, ...]) -> Iterator[Put]:
    template, copy = task.get("ansible.builtin.template"), task.get("ansible.builtin.copy")
    said = template or copy
    if not said or not _may_matter(str(said["dest"])):
        return
    way = "template" if template else "file" if "src" in said else "content"
    source = str(said["content" if way == "content" else "src"])
    mode, when = str(said.get("mode", "0644")), (*outer, *_said(task.get("when")))
    yield Put(role, way, source, str(said["dest"]), mode, task.get("loop"), when)


def looked_at(path: str) -> bool:
    """Whether the host's answer would tell of a file of this path."""
    return any(f"{path}/".startswith(f"/{place}/") for places in PLACES.values() for place in places)


def _may_matter(dest: str) -> bool:
    """What Jinja makes of it is not known here."""
    return dest.startswith("{{") or looked_at(dest.partition("{{")[0].rstrip("/")) or looked_at(dest)


def _said(when: Any) -> tuple[str, ...]:
    listed = when if isinstance(when, list) else [when]
    return tuple(str(one) for one in listed if one is not None)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
