"""The stacks of an environment in Pulumi's backend: made once, given up when their cloud was wiped."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from dataclasses import replace
from pathlib import Path

from socle.env import STATE_FILE, Environment
from socle.errors import FailureError, UserError
from socle.identity import make_folder, write_private
from socle.local.run import Context
from socle.paths import ROOT, cloud_dir
from socle.state.address import is_postgres


def retire_stale_states(context: Context) -> None:
    """Give up the states of a cloud that was wiped; what they said is kept in files.

    The cloud's folder carries the id of the environment that lives on it, so both ends know each other.
    Raises UserError when the cloud carries another environment, and when states lie where others have theirs:
    nothing there is removed unasked.
    """
    environment = context.environment
    mark, owner = cloud_dir(environment.cloud) / "environment-id", environment_id(environment)
    there = mark.read_text(encoding="utf-8").strip() if mark.exists() else ""
    if there and there != owner:
        raise UserError(
            "the cloud carries a platform whose state is not here",
            str(mark.parent),
            "run `make down`, then again",
        )
    if not there:
        known = sorted(stacks(environment))
        own = [stack for stack in known if stack.startswith(f"{environment.name}-")]
        if own and is_postgres(environment.variables["PULUMI_BACKEND_URL"]):
            raise UserError(
                f"the cloud is new, but its state in PostgreSQL has {', '.join(own)}",
                str(environment.folder / STATE_FILE),
                "is it another cloud's? remove that file; is it of one that is gone? pulumi stack rm --force",
            )
        for stack in known:
            _retire(replace(context, environment=environment.of(stack)))
        write_private(mark, owner.encode() + b"\n")


def _retire(context: Context) -> None:
    environment = context.environment
    kept = environment.folder / f"stale-state-{environment.stack}-{time.strftime('%Y%m%dT%H%M%S')}.json"
    if not _export(context, kept):
        kept.unlink(missing_ok=True)
        return
    context.say(f"the cloud was wiped: {environment.stack} starts anew, its former state is kept in {kept}")
    context.tool("pulumi", "stack", "rm", environment.stack, "--force", "--yes", "--non-interactive")


def ensure_stack(context: Context) -> None:
    """Create the stack once, from a folder of its own: what Pulumi writes stays out of the work tree.

    Pulumi writes and removes a stack before its file: killed in between, it leaves one without the other.
    """
    environment = context.environment
    project = make_folder(environment.project)
    shared, own = _shared_file(environment), project / f"Pulumi.{environment.stack}.yaml"
    if environment.stack not in stacks(environment):
        if own == shared:
            shared.unlink(missing_ok=True)
        _init(context, project)
    if own != shared:
        own.unlink(missing_ok=True)  # every stack of the environment uses the one
    if not shared.exists():
        shared.write_text("{}\n", encoding="utf-8")  # a state knows by itself how its secrets are encrypted


def _init(context: Context, project: Path) -> None:
    file, text = project / "Pulumi.yaml", "name: hdh\nruntime: python\n"
    # Another run may be reading it: written over, it would be empty for a moment.
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
    init = ("pulumi", "stack", "init", context.environment.stack, "--no-select", "--non-interactive")
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


def _shared_file(environment: Environment) -> Path:
    return Path(environment.variables["PULUMI_OPTION_CONFIG_FILE"])


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
