"""Has Ansible write, on this machine, the files that roles would put on each host; contacts no host.

The playbook is made from the roles' own tasks: same templates, same variables, same conditions. What a file
holds is told by its digest, so nothing of it leaves Ansible.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from socle.drift.hosts.roles import ROLES, Put, Role, looked_at, roles
from socle.errors import FailureError
from socle.paths import ROOT

SECONDS = 600
CONTENT = "socle_content"
_LOOK_UP = {
    "template": "lookup('ansible.builtin.template', {path})",
    "file": "lookup('ansible.builtin.file', {path}, rstrip=False)",
}
_FOLDERS = {"template": "templates", "file": "files"}


def playbook(listed: tuple[Role, ...] | None = None) -> list[dict[str, Any]]:
    """One play: a task for each task of a role that puts a file where a host's answer would show it."""
    listed = roles() if listed is None else listed
    defaults = [ROLES / role.name / "defaults" / "main.yml" for role in listed]
    first = [
        {
            "name": "Read the hardening catalogue",
            "ansible.builtin.include_vars": {
                "file": str(ROOT / "controls" / "hardening.yaml"),
                "name": "socle_catalogue",
            },
        },
        {
            "name": "Read the flow table once",
            "ansible.builtin.set_fact": {"socle_plan": "{{ socle_plan | default({}) }}"},
        },
    ]
    return [
        {
            "name": "Say what roles would put on hosts",
            "hosts": "hosts",
            "gather_facts": False,
            "vars_files": [str(path) for path in defaults if path.exists()],
            "tasks": [*first, *(_task(put) for role in listed for put in role.puts)],
        }
    ]


def _task(put: Put) -> dict[str, Any]:
    task: dict[str, Any] = {
        "name": f"{put.role}: {put.dest}",
        "ansible.builtin.debug": {
            "msg": {"dest": put.dest, "mode": put.mode, "digest": f"{{{{ {_digest(put)} }}}}"}
        },
        "when": list(put.when),
        "ignore_errors": True,
    }
    if put.way == "content":
        task["vars"] = {CONTENT: put.source}
    if put.loop is not None:
        task["loop"] = put.loop
    return task


def _digest(put: Put) -> str:
    if put.way == "content":
        return f"{CONTENT} | hash('sha256')"
    path = f"{ROLES / put.role / _FOLDERS[put.way]}/{put.source}"
    words = [json.dumps(part) if index % 2 == 0 else part for index, part in enumerate(_parts(path))]
    return f"{_LOOK_UP[put.way].format(path=' ~ '.join(words))} | hash('sha256')"


def _parts(text: str) -> list[str]:
    """Text and expressions in turns: `a{{ b }}c` is `a`, `b`, `c`."""
    found = []
    while "{{" in text:
        before, _, rest = text.partition("{{")
        inner, _, text = rest.partition("}}")
        found += [before, inner.strip()]
    return [*found, text]


def render(variables: Mapping[str, str], log: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Files by host and path: digest and mode; FailureError when Ansible cannot say, which proves nothing.

    A file of which it said an error is `{"error": why}`.
    """
    with tempfile.TemporaryDirectory(prefix="socle-rendered-") as folder:
        file = Path(folder) / "rendered.yml"
        file.write_text(yaml.safe_dump(playbook(), sort_keys=False), encoding="utf-8")
        env = {
            **variables,
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_STRATEGY": "linear",
        }
        try:
            done = subprocess.run(
                ["ansible-playbook", str(file)],
                cwd=ROOT,
                env=env,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise FailureError(
                f"what roles declare cannot be rendered: {error}", "ansible-playbook"
            ) from None
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    return read(done.stdout, done.stderr, log)


def read(output: str, errors: str, log: Path) -> dict[str, dict[str, dict[str, str]]]:
    """What the run said, by host and path."""
    start = output.find("{")
    try:
        document, _ = json.JSONDecoder().raw_decode(output, start)
        tasks = document["plays"][0]["tasks"][2:]
    except (ValueError, KeyError, IndexError):
        said = (errors or output).strip().splitlines() or ["no output"]
        raise FailureError(
            f"what roles declare cannot be rendered: {said[-1]}", "ansible-playbook", f"see {log}"
        ) from None
    found: dict[str, dict[str, dict[str, str]]] = {name: {} for name in document.get("stats", {})}
    for task in tasks:
        for host, result in task["hosts"].items():
            for one in result.get("results", [result]):
                _note(found.setdefault(host, {}), task["task"]["name"], one)
    if not found:
        raise FailureError("what roles declare cannot be rendered: no host", "ansible-playbook", f"see {log}")
    return found


def _note(files: dict[str, dict[str, str]], task: str, result: Mapping[str, Any]) -> None:
    message = result.get("msg")
    if result.get("skipped"):
        return
    if result.get("failed") or not isinstance(message, Mapping):
        # Its path may hold what could not be told either: then no path of a host has this name.
        files[task.partition(": ")[2]] = {"error": " ".join(str(message).split())[:200]}
    elif looked_at(str(message["dest"])):
        said = {"content": f"sha256:{message['digest']}", "mode": str(message["mode"])}
        files[str(message["dest"])] = {**said, "owner": "0:0"}
