"""How live tests run the tools an operator runs: the same commands, in the environment `socle env` prints.

No test logic here, and no shortcut past the command lines that are under test.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.stackfile import space_of
from socle.env import describe

ROOT = Path(__file__).resolve().parents[2]
CLOUD = os.environ.get("SOCLE_CLOUD", "test")
SOCLE = str(ROOT / ".venv/bin/socle")
# The environment under test: names of stacks, servers and containers start with it.
NAME = describe(CLOUD).name
BASTION, SERVICES = f"{NAME}-bastion", f"{NAME}-services"


@cache
def environment() -> dict[str, str]:
    """This process's environment with what `socle env` exports for the cloud under test."""
    printed = subprocess.run(
        [SOCLE, "env", "--cloud", CLOUD, "--shell"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    unset = {line.removeprefix("unset ") for line in printed.splitlines() if line.startswith("unset ")}
    exports = (line.removeprefix("export ") for line in printed.splitlines() if line.startswith("export "))
    pairs = (shlex.split(line)[0].partition("=") for line in exports)
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    env = {**inherited, **{name: value for name, _, value in pairs}}
    return {**env, "PATH": os.path.expandvars(env["PATH"])}


def run(
    *argv: str, timeout: float = 300, check: bool = True, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one tool from the repository's top; on failure the assertion shows the end of what it printed.

    `extra`: variables beside the environment's.
    """
    env = {**environment(), **(extra or {})}
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,  # ssh leaves a shared one non-blocking, which Ansible refuses
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check:
        tail = (done.stdout + done.stderr)[-3000:]
        assert done.returncode == 0, f"{shlex.join(argv)} ended with {done.returncode}:\n{tail}"
    return done


def show(*argv: str, timeout: float = 3000) -> int:
    """Run one long tool with its progress on the terminal and return its exit code."""
    return subprocess.run(
        argv, cwd=ROOT, env=environment(), timeout=timeout, check=False, stdout=sys.stdout, stderr=sys.stderr
    ).returncode


def login(host: str, command: str, *, fresh: bool = False) -> list[str]:
    """The command line that runs `command` on a host, reached as a person would: through the bastion.

    A login through two emulated hosts takes ten seconds: a connection is kept for the next command.
    `fresh`: a login of its own, where whether one is let in is the question.
    """
    return [SOCLE, "hosts", "ssh", "--cloud", CLOUD, *([] if fresh else ["--keep"]), host, "--", command]


def on_host(host: str, command: str, *, check: bool = True, timeout: float = 120, fresh: bool = False) -> str:
    """What `command` prints on a host; see `login`."""
    return run(*login(host, command, fresh=fresh), check=check, timeout=timeout).stdout


@cache
def outputs(stack: str = "") -> dict[str, Any]:
    """The outputs contract of a stack, the platform's by default, as `pulumi stack output` gives it."""
    selected = stack or environment()["SOCLE_STACK"]
    printed = run("pulumi", "stack", "output", "--json", "--stack", selected).stdout
    answer: dict[str, Any] = json.loads(printed)
    return answer


def stacks() -> list[str]:
    """Every stack of the environment, what others stand on first."""
    return describe(CLOUD).stacks


def spaces() -> list[str]:
    """The stacks of the environment's project spaces."""
    return [stack for stack in stacks() if space_of(stack)]


def cloud_folder() -> Path:
    """The folder of the cloud under test: configuration, logs, disks."""
    return Path(environment()["OS_CLIENT_CONFIG_FILE"]).parent
