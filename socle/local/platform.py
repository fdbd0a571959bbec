"""The step that provisions: stale state, stale locks, leftovers, servers in ERROR, then `pulumi up`."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import uuid
from pathlib import Path

from socle.env import Environment
from socle.errors import FailureError, UserError
from socle.identity import make_folder, write_private
from socle.local.mending import replacements, settle_leftovers
from socle.local.run import Context
from socle.paths import ROOT, cloud_dir

PATIENCE = 120.0
"""Seconds to wait for a pulumi that is still at work."""


def provision(context: Context) -> None:
    """Bring the stack to what the program says.

    What an earlier run left unknown to its state is settled first, and servers that ended in ERROR are
    replaced; when that finds something to do after a failed `up`, there is one more `up`.
    """
    release_dead_lock(context)
    retire_stale_state(context)
    ensure_stack(context)
    settle_leftovers(context)
    try:
        _up(context, replacements(context))
    except FailureError:
        settled = settle_leftovers(context)
        again = replacements(context)
        if not (settled or again):
            raise
        _up(context, again)


def _up(context: Context, replace: list[str]) -> None:
    context.tool(
        "pulumi",
        "up",
        "--yes",
        "--skip-preview",
        "--non-interactive",
        "--color",
        "never",
        "--suppress-progress",
        *replace,
    )


def retire_stale_state(context: Context) -> None:
    """Give up the stack's state when its cloud was wiped; what it said is kept in a file.

    The cloud's folder carries the id of the environment that lives on it, so both ends know each other.
    Raises UserError when the cloud carries another environment.
    """
    environment = context.environment
    mark, own = cloud_dir(environment.cloud) / "environment-id", environment_id(environment)
    there = mark.read_text(encoding="utf-8").strip() if mark.exists() else ""
    if there and there != own:
        raise UserError(
            "the cloud carries a platform whose state is not here",
            str(mark.parent),
            "run `make down`, then again",
        )
    if not there:
        kept = environment.folder / f"stale-state-{time.strftime('%Y%m%dT%H%M%S')}.json"
        if environment.stack in stacks(environment) and _export(context, kept):
            context.say(f"the cloud was wiped: the stack starts anew, its former state is kept in {kept}")
            context.tool("pulumi", "stack", "rm", environment.stack, "--force", "--yes", "--non-interactive")
            _stack_file(environment).unlink(missing_ok=True)
        else:
            kept.unlink(missing_ok=True)
        write_private(mark, own.encode() + b"\n")


def ensure_stack(context: Context) -> None:
    """Create the stack once, from a folder of its own: what Pulumi writes stays out of the work tree.

    Pulumi writes and removes a stack before its file: killed in between, it leaves one without the other.
    """
    environment = context.environment
    file = _stack_file(environment)
    project = make_folder(environment.project)
    if environment.stack in stacks(environment):
        if not file.exists():
            file.write_text("{}\n", encoding="utf-8")  # the state itself knows how its secrets are encrypted
        return
    file.unlink(missing_ok=True)
    (project / "Pulumi.yaml").write_text("name: hdh\nruntime: python\n", encoding="utf-8")
    init = ("pulumi", "stack", "init", environment.stack, "--no-select", "--non-interactive")
    context.tool(*init, cwd=project, without=("PULUMI_OPTION_CONFIG_FILE", "PULUMI_STACK"))


def stacks(environment: Environment) -> set[str]:
    """Names of the stacks in the environment's backend; FailureError when it cannot be asked."""
    argv = ["pulumi", "stack", "ls", "--json", "--non-interactive"]
    done = subprocess.run(
        argv, env=environment.for_child(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        return {str(stack["name"]) for stack in json.loads(done.stdout)}
    except (ValueError, TypeError, KeyError):
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise FailureError(f"pulumi cannot list its stacks: {said}", str(environment.folder)) from None


def _stack_file(environment: Environment) -> Path:
    return environment.project / f"Pulumi.{environment.stack}.yaml"


def environment_id(environment: Environment) -> str:
    """The environment's own id, made once and removed with it."""
    path = environment.folder / "environment-id"
    if not path.exists():
        write_private(path, uuid.uuid4().hex.encode() + b"\n")
    return path.read_text(encoding="utf-8").strip()


def _export(context: Context, path: Path) -> int:
    """Write the stack's state to `path`; returns how many resources it holds."""
    context.tool("pulumi", "stack", "export", "--file", str(path), "--non-interactive")
    path.chmod(0o600)
    deployment = json.loads(path.read_text(encoding="utf-8")).get("deployment") or {}
    return len(deployment.get("resources") or []) + len(deployment.get("pending_operations") or [])


def release_dead_lock(context: Context) -> None:
    """Remove the state's lock files whose process is gone: a killed run leaves one behind.

    Waits for one that lives, since an engine whose caller was killed still ends its requests; raises
    UserError when it lives on.
    """
    folder = context.environment.folder / "backend" / ".pulumi" / "locks"
    for path in folder.rglob("*.json"):
        try:
            holder = json.loads(path.read_text(encoding="utf-8"))
            pid, host = int(holder["pid"]), str(holder["hostname"])
        except (ValueError, KeyError, OSError):
            pid, host = 0, socket.gethostname()  # half-written: its writer died
        here, until, told = host == socket.gethostname(), time.monotonic() + PATIENCE, False
        while here and is_pulumi(pid) and time.monotonic() < until:
            if not told:
                context.say(f"another pulumi works on the stack (process {pid}); waiting for it")
                told = True
            time.sleep(0.5)
        if not here or is_pulumi(pid):
            raise UserError(
                f"another pulumi works on the stack (process {pid} on {host})",
                str(path),
                "wait until it ends",
            )
        path.unlink(missing_ok=True)
        context.say(f"the lock of a pulumi that was killed (process {pid}) was removed")


def is_pulumi(pid: int) -> bool:
    """Whether that process lives and is a pulumi; after a reboot the number may be anybody's."""
    try:
        return bool(pid) and Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == "pulumi"
    except OSError:
        return False
