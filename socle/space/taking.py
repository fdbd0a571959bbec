"""Takes a space's credential and keys from its workstations, before they are shut down or deleted.

What roles/space_access put there. A workstation that does not answer keeps no space from being frozen: the
files are on its sealed volume, and the credential opens nothing once the space's user is disabled.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from infra.specification import SpaceSpecification
from socle.errors import SocleError
from socle.hosts import pins
from socle.hosts.servers import Cloud
from socle.hosts.ssh import command
from socle.local.run import Context

LINK, FOLDER = "/etc/socle/objects/access", ".socle"
"""As roles/space_access says them: what leads there, and the folder on the volume."""
PATIENCE = ("-o", "ConnectTimeout=10")
"""Whoever freezes a space may be in a hurry."""


def places(space: SpaceSpecification) -> Iterator[tuple[str, str]]:
    """Workstations that may hold some, each with the folder in which it lies."""
    for placed in space.plan.declared:
        for volume in placed.host.volumes[:1]:
            yield placed.name, str(PurePosixPath(volume.mount) / FOLDER)


def take_away(context: Context, space: SpaceSpecification) -> None:
    """From every one of its workstations that runs; those that do not answer are named."""
    running = {server.name for server in Cloud(context.environment).servers() if server.status == "ACTIVE"}
    known = pins.load(context.environment.ssh_dir)
    for host, folder in places(space):
        if host not in running:
            continue
        try:
            ssh, *rest = command(known, host, ("sudo", "-n", "rm", "-rf", "--", folder, LINK))
            context.tool(ssh, *PATIENCE, *rest)
        except SocleError as error:
            context.say(f"{host} keeps its copy, on its sealed volume: {error.what}")
        else:
            context.say(f"{host}: credential and keys are taken away")
