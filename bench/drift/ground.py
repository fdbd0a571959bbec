"""Where the bench works: its program, state, keys and OpenTofu's folder, kept until --clean."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.drift import hcl
from bench.drift.facts import STACK
from bench.up.ground import own_environment
from bench.up.peer import Peer, configure
from infra.specification import load as load_specification
from infra.stackfile import PROJECT
from socle.drift import engine
from socle.env import Environment
from socle.errors import FailureError
from socle.identity import ensure_passphrase, ensure_ssh_key, make_folder, write_private
from socle.local import child
from socle.local.progress import Reporter
from socle.local.run import UNATTENDED, Context
from socle.local.stacks import ensure_stack
from socle.paths import ROOT
from socle.toolchain import install_home

PROGRAM = ROOT / "bench" / "drift" / "program"
PARALLEL = 10
"""Operations that each peer may have under way at once: OpenTofu's default, as in bench.up."""


@dataclass(frozen=True)
class Ground:
    """`environment`: the bench's own, on the standing one's cloud. `standing`: the name of that."""

    environment: Environment
    standing: str
    project: Path
    logs: Path

    @property
    def tofu(self) -> Path:
        """OpenTofu's folder."""
        return self.environment.folder / "tofu"

    def variables(self, **more: str) -> dict[str, str]:
        """Of a tool; the file with our passphrase must win over whatever the caller exported."""
        found = {**self.environment.for_child(), "PYTHONPATH": str(ROOT), **more}
        found.pop("PULUMI_CONFIG_PASSPHRASE", None)
        return found


def place(standing: Environment) -> Path:
    """The folder, whether it is there or not."""
    return standing.folder / "bench-drift"


def lay(standing: Environment) -> Ground:
    """Write program and settings anew; an earlier run's state stays. FailureError without pulumi."""
    folder = make_folder(place(standing))
    environment = own_environment(standing, folder, STACK)
    ensure_ssh_key(make_folder(folder / "ssh"), STACK)
    ensure_passphrase(folder / "passphrase")
    make_folder(folder / "backend")
    install_home(make_folder(folder / "pulumi"))
    project = make_folder(folder / "program")
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix, "toolchain": "pip"}}
    said = {"name": PROJECT, "runtime": runtime, "main": str(PROGRAM)}
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return Ground(environment, standing.name, project, make_folder(standing.folder / "log"))


def raise_to(ground: Ground, resources: int, report: Reporter) -> None:
    """Have so many; those that stand are left alone. FailureError with pulumi's own words."""
    log = ground.logs / "bench-drift-up.log"
    log.write_text("", encoding="utf-8")
    ensure_stack(Context(ground.environment, report, ground.logs / "bench-drift-init.log"))
    argv = ("pulumi", "up", "--skip-preview", "--stack", STACK, *UNATTENDED, "--parallel", str(PARALLEL))
    variables = ground.variables(SOCLE_BENCH_RESOURCES=str(resources))
    ended = child.run(argv, variables, log, report.line, ground.project)
    if ended:
        raise FailureError(f"pulumi up ended with {ended}: {child.telling_line(log)}", STACK, f"log: {log}")


def destroy(ground: Ground, report: Reporter) -> None:
    """Take all away by its state; FailureError when that does not do."""
    log = ground.logs / "bench-drift-destroy.log"
    log.write_text("", encoding="utf-8")
    argv = ("pulumi", "destroy", "--skip-preview", "--stack", STACK, *UNATTENDED, "--parallel", str(PARALLEL))
    if child.run(argv, ground.variables(SOCLE_BENCH_RESOURCES="10"), log, report.line, ground.project):
        raise FailureError(f"pulumi destroy: {child.telling_line(log)}", STACK, f"log: {log}")


def tell(ground: Ground, resources: int, clouds: Path) -> Path:
    """Write what our side reads, by the clouds.yaml that leads through the proxy; its folder."""
    folder = make_folder(ground.environment.folder / "ours")
    said: dict[str, Any] = {
        "cloud": ground.environment.cloud,
        "standing": ground.standing,
        "manager": load_specification(f"{ground.standing}-platform").profile.project_manager or "",
        "resources": resources,
        "variables": {**ground.environment.variables, "OS_CLIENT_CONFIG_FILE": str(clouds)},
    }
    write_private(folder / "ours.json", json.dumps(said).encode())
    return folder


def adopt(ground: Ground, peer: Peer) -> None:
    """Have OpenTofu know the same resources: its state is filled by one refresh, which is not measured."""
    folder = make_folder(ground.tofu)
    for old in (*folder.glob("*.tf.json"), *folder.glob("terraform.tfstate*")):
        old.unlink()
    exported = engine.exported(ground.environment, STACK)
    (folder / "main.tf.json").write_text(json.dumps(hcl.configuration(exported)), encoding="utf-8")
    (folder / "terraform.tfstate").write_text(json.dumps(hcl.state(exported)), encoding="utf-8")
    if not (folder / "tofu.rc").exists():
        configure(peer, folder)
    for words in (("init",), ("apply", "-refresh-only", "-auto-approve", f"-parallelism={PARALLEL}")):
        argv = [str(peer.tofu), *words, "-input=false", "-no-color"]
        done = subprocess.run(
            argv, cwd=folder, env=tofu_variables(ground), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise FailureError(f"tofu {words[0]}: {' '.join(done.stderr.split())[-400:]}", str(folder))


def tofu_variables(ground: Ground, clouds: Path | None = None) -> dict[str, str]:
    """The same login, and nothing of Pulumi's or of another use of OpenTofu."""
    found = ground.variables()
    kept = {key: it for key, it in found.items() if not key.startswith(("PULUMI", "TF_", "TOFU_"))}
    own = {"TF_CLI_CONFIG_FILE": str(ground.tofu / "tofu.rc"), "TF_IN_AUTOMATION": "1"}
    return {**kept, **own, **({"OS_CLIENT_CONFIG_FILE": str(clouds)} if clouds else {})}
