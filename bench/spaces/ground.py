"""Where a run works: a folder of its own beside the standing environment, kept until `--clean` removes it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.spaces.facts import ENVIRONMENT, NETWORK, PLATFORM
from bench.up.facts import checkout
from bench.up.ground import own_environment
from socle.env import Environment
from socle.hosts.servers import connect
from socle.identity import ensure_passphrase, ensure_ssh_key, make_folder, write_private
from socle.toolchain import install_home

LIMITS = {
    "network": (
        "networks",
        "subnets",
        "routers",
        "ports",
        "security_groups",
        "security_group_rules",
        "rbac_policies",
    ),
    # Of each user; every space has a key pair, and nova's own limit is a hundred.
    "compute": ("key_pairs",),
}
"""What many spaces need more of than a project gets, by service."""
UNLIMITED = -1


@dataclass(frozen=True)
class Ground:
    """`environment`: the bench's own, on the cloud of the standing one; `project`: program and tables."""

    environment: Environment
    project: Path
    logs: Path

    @property
    def finished(self) -> Path:
        """A file for each stack whose `up` ended well."""
        return make_folder(self.environment.folder / "finished")


def place(standing: Environment) -> Path:
    """The folder, whether it is there or not; the standing environment's `down` removes it too."""
    return standing.folder / "bench-spaces"


def lay(standing: Environment) -> Ground:
    """Write program and tables anew; states, keys and what was finished stay from an earlier run.

    Raises FactError when the tables do not serve, FailureError when pulumi is not built.
    """
    folder = make_folder(place(standing))
    environment = own_environment(standing, folder, PLATFORM)
    ensure_ssh_key(make_folder(folder / "ssh"), ENVIRONMENT)
    ensure_passphrase(folder / "passphrase")
    make_folder(folder / "backend")
    install_home(make_folder(folder / "pulumi"))
    shutil.rmtree(folder / "checkout", ignore_errors=True)
    project = checkout(make_folder(folder / "checkout"), ENVIRONMENT, NETWORK)
    return Ground(environment, project, make_folder(standing.folder / "log"))


def operator(standing: Environment) -> Any:
    """A connection as the embedded cloud's operator, who alone sets quotas."""
    return connect(replace(standing, variables={**standing.variables, "OS_CLOUD": "admin"}))


def lift_limits(
    folder: Path,
    admin: Any,
    project: str,
    say: Callable[[str], None],
    limits: Mapping[str, Sequence[str]] = LIMITS,
) -> None:
    """Let the project have as many of these as it takes, and note what it was allowed before."""
    note = folder / "quotas.json"
    if not note.exists():
        found = {service: getattr(admin, f"get_{service}_quotas")(project) for service in limits}
        before = {
            service: {name: getattr(found[service], name) for name in names}
            for service, names in limits.items()
        }
        write_private(note, json.dumps(before).encode())
    for service, names in limits.items():
        getattr(admin, f"set_{service}_quotas")(project, **dict.fromkeys(names, UNLIMITED))
    say("the project's quotas of what many need are lifted; --clean puts them back")


def restore_limits(folder: Path, admin: Any, project: str, say: Callable[[str], None]) -> None:
    """Put them back; nothing to do when they were never lifted."""
    note = folder / "quotas.json"
    if note.exists():
        for service, said in json.loads(note.read_text(encoding="utf-8")).items():
            getattr(admin, f"set_{service}_quotas")(project, **said)
        note.unlink()
        say("the project's quotas are as before")
