"""The folder that one run works in: program, HCL, states, keys. Removed with all it holds at the end."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.up.facts import STACK, checkout, variables
from bench.up.peer import Peer, configure
from infra.specification import load
from socle.env import Environment
from socle.identity import ensure_passphrase, ensure_ssh_key, make_folder
from socle.toolchain import install_home

HCL = Path(__file__).parent / "platform"


@dataclass(frozen=True)
class Ground:
    """`environment`: the bench's own, on the cloud of the standing one; `project`, `hcl`: where tools run."""

    environment: Environment
    project: Path
    hcl: Path
    cli_configuration: Path
    logs: Path


def lay(standing: Environment, folder: Path, peer: Peer) -> Ground:
    """Write everything into `folder`, which exists and is empty; logs go beside the standing environment's.

    Raises FactError when the tables do not serve, FailureError when pulumi is not built.
    """
    environment = own_environment(standing, folder)
    ensure_ssh_key(make_folder(folder / "ssh"), STACK)
    ensure_passphrase(folder / "passphrase")
    make_folder(folder / "backend")
    install_home(make_folder(folder / "pulumi"))
    project, hcl = checkout(make_folder(folder / "checkout")), folder / "hcl"
    shutil.copytree(HCL, hcl)
    key = (folder / "ssh" / "id_ed25519.pub").read_text(encoding="ascii").strip()
    write_variables(hcl, variables(load(STACK, project), key))
    return Ground(environment, project, hcl, configure(peer, folder), make_folder(standing.folder / "log"))


def write_variables(hcl: Path, given: dict[str, Any]) -> None:
    """Where OpenTofu looks for them by itself."""
    (hcl / "terraform.tfvars.json").write_text(json.dumps(given, indent=1), encoding="utf-8")


def own_environment(standing: Environment, folder: Path, stack: str = STACK) -> Environment:
    """The same cloud and tools as those of the standing environment; state, keys and home in `folder`."""
    own = {
        "PULUMI_HOME": str(folder / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(folder / "passphrase"),
        "PULUMI_OPTION_CONFIG_FILE": str(folder / "project" / f"Pulumi.{stack}.yaml"),
        "SOCLE_SSH_DIR": str(folder / "ssh"),
    }
    changed = replace(standing, folder=folder, variables={**standing.variables, **own})
    return changed.of(stack)
