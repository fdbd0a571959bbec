"""What stands, how to log in, how to look around: from the environment's files and the stack's outputs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from socle.env import Environment
from socle.errors import SocleError
from socle.hosts import pins
from socle.local.progress import clock_text
from socle.records import RecordSet, read_json


def outputs(environment: Environment) -> dict[str, Any]:
    """The stack's outputs; empty when there is no stack to ask."""
    argv = ["pulumi", "stack", "output", "--json", "--stack", environment.stack, "--non-interactive"]
    try:
        done = subprocess.run(argv, env=environment.for_child(), capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    return found if isinstance(found, dict) else {}


def last_checks(environment: Environment) -> RecordSet:
    """The records of the last check; empty when there was none."""
    try:
        return read_json(environment.folder / "records.json")
    except SocleError:
        return RecordSet()


def rows(environment: Environment, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands, a line each."""
    pinned = {pin.name for pin in pins.load(environment.ssh_dir).values()}
    checked = last_checks(environment)
    listed = [("cloud", f"{environment.cloud}: {environment.variables['OS_CLIENT_CONFIG_FILE']}")]
    for host in found.get("hosts", []):
        name = host["name"]
        reach = found.get("bastion_address") if "bastion" in host["roles"] else "through the bastion"
        reach = f"{reach}, {'host key pinned' if name in pinned else 'host key not pinned'}"
        state = checked.for_target(name).summary() if len(checked) else "not checked yet"
        roles = ", ".join(host["roles"])
        listed.append((name, f"{roles} in zone {host['zone']}, {host['address']} ({reach}); {state}"))
    if volume := found.get("data_volume"):
        listed.append(("data volume", f"{volume['id']} at {volume['host']}:{volume['mount']}"))
    if container := found.get("container"):
        listed.append(("container", str(container)))
    return listed


def print_summary(
    environment: Environment, seconds: Mapping[str, float], console: Console | None = None
) -> None:
    """The table that a run ends with."""
    console = console or Console(width=None if sys.stdout.isatty() else 140)
    option = "" if environment.cloud == "local" else f" --cloud {environment.cloud}"
    stands = Table(title="What stands", title_justify="left", show_header=False, box=None, pad_edge=False)
    for row in rows(environment, outputs(environment)):
        stands.add_row(*row)
    held = outputs(environment.of(f"{environment.name}-data"))
    for kind in ("containers", "volumes"):
        if kind in held:
            stands.add_row(f"data {kind}", ", ".join(held[kind]) or "none")
    console.print(stands)
    guide = Table(title="\nWhat now", title_justify="left", show_header=False, box=None, pad_edge=False)
    for command, what in (
        (f"socle hosts ssh{option} local-services", "log in through the bastion, with pinned host keys"),
        (f"socle shell{option}", "a shell where pulumi, ansible-playbook and openstack work"),
        (f"socle check{option}", "check the hosts again"),
        (f"socle local stop{option}", "end the cloud, keep its state"),
        (f"socle local down{option}", "remove it all"),
    ):
        guide.add_row(f".venv/bin/{command}", what)
    console.print(guide)
    if seconds:
        took = ", ".join(f"{name} {clock_text(value)}" for name, value in seconds.items())
        console.print(f"\nTook {clock_text(sum(seconds.values()))}: {took}")
