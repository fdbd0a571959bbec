"""What must hold once an `up` that was killed or met faulty APIs is settled: for the live tests."""

from __future__ import annotations

import json
import os
import random
import secrets
import sys

from tests.cloud.live import environment, run, spaces


def seed() -> int:
    """The seed of this run: $SOCLE_SEED repeats one."""
    return int(os.environ.get("SOCLE_SEED") or secrets.randbelow(10**6))


def generator(number: int) -> random.Random:
    """The moments of a seed."""
    return random.Random(number)  # noqa: S311  # nothing here is secret


def destroy() -> None:
    """Platform and spaces back to nothing, by pulumi, and seen to be gone; data stays."""
    words = ("pulumi", "destroy", "--yes", "--skip-preview", "--non-interactive")
    known = {stack["name"] for stack in json.loads(run("pulumi", "stack", "ls", "--json").stdout)}
    for stack in (*reversed(spaces()), environment()["SOCLE_STACK"]):
        if stack in known:
            run(*words, "--stack", stack, timeout=1200)
    nothing_is_orphaned()


def nothing_is_orphaned() -> None:
    """Cloud and states agree, resource by resource."""
    run(sys.executable, "-m", "tests.faults.inventory")


def all_is_as_it_should_be() -> None:
    """The program wants nothing, the cloud has nothing else, and every attribute is what the state says."""
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")
    run("pulumi", "refresh", "--preview-only", "--expect-no-changes", "--non-interactive")
    nothing_is_orphaned()


def own_resources() -> int:
    """How many resources of the cloud the stack has."""
    exported = json.loads(run("pulumi", "stack", "export").stdout)
    found = (exported.get("deployment") or {}).get("resources") or []
    return sum(resource["type"].startswith("openstack:") for resource in found)


def planned_resources() -> int:
    """How many resources of the cloud an `up` would create now."""
    steps = json.loads(run("pulumi", "preview", "--json", "--non-interactive").stdout)["steps"]
    made = (step["newState"]["type"] for step in steps if step["op"] == "create")
    return sum(kind.startswith("openstack:") for kind in made)


def pending_creations() -> int:
    """How many creations the state calls interrupted."""
    exported = json.loads(run("pulumi", "stack", "export").stdout)
    found = (exported.get("deployment") or {}).get("pending_operations") or []
    return sum(entry["type"] == "creating" for entry in found)
