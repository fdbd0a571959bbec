"""`python -m infra.recover`: servers of the stack in ERROR or gone, volumes that were never made.

Pulumi keeps such a thing as created and would not touch it again. This prints, on stdout, the arguments that
make `pulumi up` replace it, and on stderr the reason. It changes nothing. A volume counts only when its very
creation failed: one that was in use may hold data, whatever its status.
Deleting a server in ERROR can fail in the provider, which takes the state for an answer, while nova
goes on and deletes it: that `up` fails, and the next one, asked with what this prints then, goes through.
Exit code 0: none; 3: some; 1: state or cloud could not be read; 2: bad usage.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from infra.facts import FactError
from infra.leftovers.cloud import failed_volumes
from infra.stackfile import environment_of, space_of, stack_name

INSTANCE, VOLUME = "openstack:compute/instance:Instance", "openstack:blockstorage/volume:Volume"
FOUND, UNREADABLE, USAGE = 3, 1, 2
GONE = "the cloud does not have it any more"
UNMADE = "cinder could not make it"
DELETING_SECONDS = 120
"""How long to wait for nova to finish deleting a server that is in ERROR."""


@dataclass(frozen=True)
class Broken:
    """A server that nova gave up on, or does not have any more."""

    server_id: str
    name: str
    reason: str


@dataclass(frozen=True)
class Servers:
    """The environment's servers: ids of all, and those in ERROR. `failed`: ids of volumes in error."""

    ids: frozenset[str]
    broken: tuple[Broken, ...]
    failed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Recovery:
    """`replace`: URNs for `pulumi up --replace`. `strangers`: broken servers the stack does not know."""

    replace: tuple[tuple[str, Broken], ...]
    strangers: tuple[Broken, ...]


def recovery(state: dict[str, Any], servers: Servers) -> Recovery:
    """What to do about `servers`, given `pulumi stack export`."""
    resources = (state.get("deployment") or {}).get("resources") or []
    urns = {
        entry["id"]: entry["urn"]
        for entry in resources
        if entry["type"] == INSTANCE and entry.get("id") and not entry.get("delete")
    }
    known = [(urns[server.server_id], server) for server in servers.broken if server.server_id in urns]
    gone = [
        (urn, Broken(server_id, urn.rsplit("::", 1)[-1], GONE))
        for server_id, urn in urns.items()
        if server_id not in servers.ids
    ]
    unmade = [
        (str(entry["urn"]), Broken(str(entry["id"]), str(entry["urn"]).rsplit("::", 1)[-1], UNMADE))
        for entry in resources
        if entry["type"] == VOLUME and entry.get("initErrors") and entry.get("id") in servers.failed
    ]
    strangers = tuple(server for server in servers.broken if server.server_id not in urns)
    return Recovery((*known, *gone, *unmade), strangers)


def servers_of(stack: str) -> Servers:
    """The stack's servers; waits while one that is in ERROR is being deleted.

    Stacks of one environment may share a Keystone project: what another of them holds is its business.
    """
    import openstack

    until = time.monotonic() + DELETING_SECONDS
    # Versions of openstacksdk differ in how much of themselves they annotate.
    connection: Any = openstack.connect()
    with connection as cloud:
        while True:
            servers = [
                server
                for server in cloud.compute.servers(details=True)
                if server.name.startswith(f"{environment_of(stack)}-")
                and (server.metadata or {}).get("socle_space", "") == space_of(stack)
            ]
            broken = [server for server in servers if server.status == "ERROR"]
            if not any(server.task_state == "deleting" for server in broken) or time.monotonic() > until:
                break
            time.sleep(2)
        failed = failed_volumes(cloud)
    return Servers(
        frozenset(server.id for server in servers),
        tuple(Broken(server.id, server.name, reason_of(server.fault)) for server in broken),
        failed,
    )


def reason_of(fault: dict[str, Any] | None) -> str:
    """Nova's fault as one line."""
    text = " ".join(str((fault or {}).get("message") or "").split())
    return text or "nova gives no reason"


def exported(stack: str) -> dict[str, Any]:
    """The stack's state; OSError or CalledProcessError when pulumi cannot give it."""
    command = ["pulumi", "stack", "export", "--stack", stack, "--non-interactive"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    state: dict[str, Any] = json.loads(done.stdout)
    return state


def report(found: Recovery) -> int:
    """Print it; the exit code."""
    for urn, server in found.replace:
        state = "gone" if server.reason == GONE else "in ERROR"
        print(f"{server.name} is {state}: {server.reason}; `up` will replace it", file=sys.stderr)
        print(f"--replace {urn}")
    for server in found.strangers:
        print(
            f"{server.name} ({server.server_id}) is in ERROR and no part of the stack: {server.reason}; "
            f"delete it: openstack server delete {server.server_id}",
            file=sys.stderr,
        )
    return FOUND if found.replace or found.strangers else 0


def main(arguments: list[str] | None = None) -> int:
    """Look, and say what to do."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.recover", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--stack", default=os.environ.get("SOCLE_STACK", "local-platform"))
    try:
        stack = stack_name(parser.parse_args(arguments).stack)
    except FactError as error:
        print(error, file=sys.stderr)
        return USAGE
    try:
        return report(recovery(exported(stack), servers_of(stack)))
    except subprocess.CalledProcessError as error:
        reason = " ".join(error.stderr.split()) or f"exit code {error.returncode}"
        print(f"pulumi cannot read stack {stack}: {reason}", file=sys.stderr)
    except Exception as error:  # openstacksdk and keystoneauth raise many kinds, each with its own words
        print(f"the cloud cannot be asked about servers: {' '.join(str(error).split())}", file=sys.stderr)
    return UNREADABLE


if __name__ == "__main__":
    sys.exit(main())
