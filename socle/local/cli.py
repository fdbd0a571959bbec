"""`socle local up | provision | stop | down | status`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from socle.env import Environment, describe, prepare
from socle.errors import UserError
from socle.identity import make_folder
from socle.local.progress import reporter
from socle.local.run import Step, run_steps
from socle.options import CloudName, help_with
from socle.paths import DEFAULT_CLOUD, ROOT

app = typer.Typer(no_args_is_help=True, help="The embedded cloud with the platform on it.")


class Size(StrEnum):
    """How much of the platform stands: each size is an environment of stacks/."""

    SMALL = "small"
    FULL = "full"

    @property
    def environment(self) -> str:
        """The environment's name."""
        return {Size.SMALL: "local", Size.FULL: "full"}[self]


@app.command(
    help=help_with(
        "Bring it all up: OpenStack, the platform, host keys, hardening, checks. Run again to resume.",
        "socle local up",
        "socle local up --size full       # every zone and two project spaces",
        "socle local up --cloud other     # a second one beside it",
    )
)
def up(
    cloud: CloudName,
    size: Annotated[
        Size | None,
        typer.Option(help="How much of the platform stands.", show_default="what stands, else small"),
    ] = None,
) -> None:
    """Bring it all up."""
    from socle.local.steps import UP
    from socle.local.summary import print_summary

    wanted = size.environment if size else _embedded(describe(cloud)).name
    environment = _embedded(prepare(cloud, pulumi=True, name=wanted))
    seconds = _run(UP, environment, "up")
    print_summary(environment, seconds)


@app.command(
    help=help_with(
        "Provision on a cloud that stands: settle what an earlier run left, then `pulumi up`.",
        "socle local provision                            # every stack of the environment",
        "socle local provision --stack local-space-alpha  # this one only",
    )
)
def provision(
    cloud: CloudName,
    stack: Annotated[
        list[str] | None, typer.Option("--stack", help="This stack only; may be repeated.")
    ] = None,
) -> None:
    """Only the second step of `up`."""
    from socle.local.steps import provisioning

    environment = _embedded(prepare(cloud, pulumi=True))
    unknown = sorted(set(stack or ()) - set(environment.stacks))
    if unknown:
        known = ", ".join(environment.stacks)
        raise UserError(f"no stack of this environment: {unknown[0]}", "--stack", f"choose among {known}")
    _run((provisioning(stack),), environment, "provision")


@app.command(
    help=help_with("End the cloud's processes; `socle local up` goes on from there.", "socle local stop")
)
def stop(cloud: CloudName) -> None:
    """End the cloud's processes and keep its state."""
    from socle.local.down import STOP

    _run(STOP, _embedded(describe(cloud)), "stop")


@app.command(
    help=help_with(
        "Remove the cloud, the platform on it, and the environment's state, keys and pins. Caches stay.",
        "socle local down",
        "socle local down --destroy       # let pulumi destroy spaces and platform first",
    )
)
def down(
    cloud: CloudName,
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Run `pulumi destroy` first, spaces before the platform.")
    ] = False,
) -> None:
    """Remove it all."""
    from socle.local.down import DESTROY, DOWN

    environment = _embedded(prepare(cloud, pulumi=True) if destroy else describe(cloud))
    _run((DESTROY, *DOWN) if destroy else DOWN, environment, "down")


@app.command(
    help=help_with("What stands now; exit code 1 when the cloud is not ready.", "socle local status")
)
def status(cloud: CloudName) -> None:
    """What stands now."""
    from socle.local.summary import print_summary

    environment = _embedded(describe(cloud))
    argv = [sys.executable, "-m", "localcloud", "status", "--name", cloud]
    ended = subprocess.run(argv, env=environment.for_child(), cwd=ROOT, check=False).returncode
    if ended == 0:
        print_summary(environment, {})
    raise typer.Exit(ended)


def _embedded(environment: Environment) -> Environment:
    if not environment.embedded:
        raise UserError(
            "this environment is a provider's, not the embedded cloud's",
            f"OS_CLIENT_CONFIG_FILE={environment.variables['OS_CLIENT_CONFIG_FILE']}",
            "unset it, or use pulumi, ansible-playbook and `socle check` there",
        )
    return environment


def _run(steps: Sequence[Step], environment: Environment, verb: str) -> dict[str, float]:
    make_folder(environment.folder)
    return run_steps(steps, environment, reporter(), _again(verb, environment.cloud))


def _again(verb: str, cloud: str) -> str:
    """The command that resumes, in the words the person used: `make up` or `socle local up`."""
    if "MAKELEVEL" in os.environ:
        return f"make {verb}" + ("" if cloud == DEFAULT_CLOUD else f" CLOUD={cloud}")
    return f"socle local {verb}" + ("" if cloud == DEFAULT_CLOUD else f" --cloud {cloud}")
