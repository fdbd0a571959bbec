"""`socle local stop` and `down`: end the cloud, keep or remove what the environment owns."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from infra.stackfile import environment_of, space_of
from socle.env import Environment, state_url
from socle.local.run import UNATTENDED, Context, Step
from socle.local.stacks import stacks
from socle.state.address import is_postgres

PULUMI_DESTROY = ("pulumi", "destroy", *UNATTENDED)
# Figures outlive what they measured; the lock is held while we remove the rest.
KEPT = ("timings.jsonl", "run.lock", "log")


def close_connections(environment: Environment) -> None:
    """End the SSH connections that Ansible and the checks keep open: they would outlive their hosts."""
    folders = {
        environment.variables["ANSIBLE_SSH_CONTROL_PATH_DIR"],
        str(environment.folder / "ansible" / "cp"),
    }
    for socket in (path for folder in folders for path in Path(folder).glob("*") if path.is_socket()):
        subprocess.run(["ssh", "-O", "exit", "-S", str(socket), "any"], capture_output=True, check=False)


def stop_cloud(context: Context) -> None:
    """State stays."""
    close_connections(context.environment)
    context.tool(sys.executable, "-m", "localcloud", "down", "--name", context.environment.cloud)


def destroy_stacks(context: Context) -> None:
    """What stands on others first: spaces, then the platform, as the backend lists them.

    For people who want to see `pulumi destroy` at work: wiping the cloud ends it all anyway. The order is for
    their convenience; that a platform stays while a space stands is the guard's doing (infra/guard).
    """
    found = [
        stack
        for stack in sorted(stacks(context.environment))
        if environment_of(stack) == context.environment.name
    ]
    going = [*filter(space_of, found), *(stack for stack in found if stack.endswith("-platform"))]
    for number, stack in enumerate(going, 1):
        context.say(f"stack {stack}, {number} of {len(going)}")
        replace(context, environment=context.environment.of(stack)).tool(*PULUMI_DESTROY)
    for stack in found:
        if stack not in going:
            context.say(
                f"stack {stack} holds protected data and is not destroyed; it ends with its cloud only"
            )


def wipe_cloud(context: Context) -> None:
    """Nothing of the cloud stays."""
    close_connections(context.environment)
    context.tool(sys.executable, "-m", "localcloud", "wipe", "--name", context.environment.cloud)


def remove_environment(context: Context) -> None:
    """State backend, keys, pins and records go: they describe servers that no longer exist."""
    if is_postgres(url := state_url(context.environment.folder)):
        context.say(
            f"what the states in {url.partition('?')[0]} say of this cloud stays there: pulumi stack rm"
        )
    shutil.rmtree(context.environment.variables["ANSIBLE_SSH_CONTROL_PATH_DIR"], ignore_errors=True)
    for path in context.environment.folder.iterdir():
        if path.name in KEPT:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


STOP: tuple[Step, ...] = (Step("stop", "End the cloud's processes, keep its state", stop_cloud),)
DOWN: tuple[Step, ...] = (
    Step("wipe", "End the cloud and remove what it stored", wipe_cloud),
    Step("forget", "Remove state, keys and pins of the environment", remove_environment),
)
DESTROY = Step("destroy", "Destroy spaces, then the platform, with pulumi destroy", destroy_stacks)
