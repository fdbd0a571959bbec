"""What stands, how to log in, how to look around: from the environment's files and the stack's outputs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.stackfile import space_of, spaces_of
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


def rows(
    environment: Environment, found: Mapping[str, Any], spaces: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """What stands, a line each: of the platform's outputs, and of each space's by its name."""
    pinned = {pin.name for pin in pins.load(environment.ssh_dir).values()}
    checked = last_checks(environment)
    listed = [("cloud", f"{environment.cloud}: {environment.variables['OS_CLIENT_CONFIG_FILE']}")]
    places = [("", found), *spaces.items()]
    for space, host in ((space, host) for space, said in places for host in said.get("hosts", [])):
        name = host["name"]
        place = f"space {space}" if space else f"zone {host['zone']}"
        reach = found.get("bastion_address") if "bastion" in host["roles"] else "through the bastion"
        reach = f"{reach}, {'host key pinned' if name in pinned else 'host key not pinned'}"
        state = checked.for_target(name).summary() if len(checked) else "not checked yet"
        listed.append((name, f"{', '.join(host['roles'])} in {place}, {host['address']} ({reach}); {state}"))
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
    spaces = {space_of(stack): outputs(environment.of(stack)) for stack in spaces_of(environment.name)}
    for row in rows(environment, outputs(environment), spaces):
        stands.add_row(*row)
    held = outputs(environment.of(f"{environment.name}-data"))
    for kind in ("containers", "volumes"):
        if kind in held:
            stands.add_row(f"data {kind}", ", ".join(held[kind]) or "none")
    console.print(stands)
    guide = Table(title="\nWhat now", title_justify="left", show_header=False, box=None, pad_edge=False)
    for command, what in (
        (
            f"socle hosts ssh{option} {environment.name}-services",
            "log in through the bastion, with pinned host keys",
        ),
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
