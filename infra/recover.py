"""`python -m infra.recover`: servers of the stack that ended in ERROR, and how the next `up` replaces them.

Pulumi keeps such a server as created and would not touch it again. This prints, on stdout, the
arguments that make `pulumi up` replace it, and on stderr nova's reason. It changes nothing.
Exit code 0: none; 3: some; 1: state or cloud could not be read; 2: bad usage.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.facts import FactError
from infra.specification import stack_name

INSTANCE = "openstack:compute/instance:Instance"
FOUND, UNREADABLE, USAGE = 3, 1, 2


@dataclass(frozen=True)
class Broken:
    """A server that nova gave up on."""

    server_id: str
    name: str
    reason: str


@dataclass(frozen=True)
class Recovery:
    """`replace`: URNs for `pulumi up --replace`. `strangers`: broken servers the stack does not know."""

    replace: tuple[tuple[str, Broken], ...]
    strangers: tuple[Broken, ...]


def recovery(state: dict[str, Any], broken: Iterable[Broken]) -> Recovery:
    """What to do about `broken`, given `pulumi stack export`."""
    resources = (state.get("deployment") or {}).get("resources") or []
    urns = {entry.get("id"): entry["urn"] for entry in resources if entry["type"] == INSTANCE}
    known = tuple((urns[server.server_id], server) for server in broken if server.server_id in urns)
    strangers = tuple(server for server in broken if server.server_id not in urns)
    return Recovery(known, strangers)


def broken_servers(environment: str) -> list[Broken]:
    """Servers of an environment in ERROR, with nova's reason in one line."""
    import openstack

    with openstack.connect() as cloud:
        return [
            Broken(server.id, server.name, reason_of(server.fault))
            for server in cloud.compute.servers(details=True, status="ERROR")
            if server.name.startswith(f"{environment}-")
        ]


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
        print(f"{server.name} is in ERROR: {server.reason}; `up` will replace it", file=sys.stderr)
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
        broken = broken_servers(stack.split("-")[0])
        return report(recovery(exported(stack) if broken else {}, broken))
    except subprocess.CalledProcessError as error:
        reason = " ".join(error.stderr.split()) or f"exit code {error.returncode}"
        print(f"pulumi cannot read stack {stack}: {reason}", file=sys.stderr)
    except Exception as error:  # openstacksdk and keystoneauth raise many kinds, each with its own words
        print(f"the cloud cannot be asked about servers: {' '.join(str(error).split())}", file=sys.stderr)
    return UNREADABLE


if __name__ == "__main__":
    sys.exit(main())
