"""The two tools: how each is called for every part, and what its state says that it made."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.up.figures import Part, Sample
from bench.up.ground import Ground
from bench.up.peer import Peer
from socle.errors import FailureError
from socle.local import child
from socle.local.progress import Reporter
from socle.local.run import Context
from socle.local.stacks import ensure_stack

SECOND_RUNS = (Part.AGAIN, Part.READ)


@dataclass(frozen=True)
class Tool:
    """One tool, ready to run. `warm`: reads all that a first run reads, and makes nothing.

    `unchanged`: what a second run must say, of a tool that does not fail by itself when it changed something.
    `state`: what the tool has made, a count for each type, in the same words for both.
    """

    name: str
    version: str
    folder: Path
    variables: Mapping[str, str]
    logs: Path
    warm: tuple[str, ...]
    commands: Mapping[Part, tuple[str, ...]]
    unchanged: str
    state: Callable[[], Counter[str]]

    def warm_up(self, on_line: Callable[[str], None]) -> None:
        """Have the machine read programs and plugins from disk, and see that the tool can plan at all."""
        self._call(self.warm, self._log("warm"), on_line)

    def run(self, part: Part, on_line: Callable[[str], None]) -> Sample:
        """Do one part and time it. FailureError when it failed, or changed what it must not change."""
        log = self._log(part.name.lower())
        cpu, began = _cpu_of_children(), time.perf_counter()
        self._call(self.commands[part], log, on_line)
        sample = Sample(self.name, part, time.perf_counter() - began, _cpu_of_children() - cpu)
        if part in SECOND_RUNS and not any(self.unchanged in line for line in child.tail(log)):
            raise FailureError(f"{self.name}: a second run changed something", fix=f"see {log}")
        return sample

    def _log(self, what: str) -> Path:
        log = self.logs / f"bench-up-{self.name}-{what}.log"
        log.write_text("", encoding="utf-8")
        return log

    def _call(self, argv: tuple[str, ...], log: Path, on_line: Callable[[str], None]) -> None:
        ended = child.run(argv, self.variables, log, on_line, self.folder)
        if ended:
            what = f"{self.name} {argv[1]} ended with {ended}: {child.telling_line(log)}"
            raise FailureError(what, fix=f"log: {log}")


def pulumi(ground: Ground, parallel: int, report: Reporter) -> Tool:
    """The program as it is; its stack is made here."""
    ensure_stack(Context(ground.environment, report, ground.logs / "bench-up-pulumi-init.log"))
    variables = ground.environment.for_child()
    variables.pop("PULUMI_CONFIG_PASSPHRASE", None)
    common = ("--non-interactive", "--color", "never", "--suppress-progress", "--parallel", str(parallel))
    up = ("pulumi", "up", "--yes", "--skip-preview", *common)

    def state() -> Counter[str]:
        argv = ["pulumi", "stack", "export", "--non-interactive"]
        return pulumi_types(json.loads(_output(argv, ground.project, variables)))

    return Tool(
        name="pulumi",
        version=_output(["pulumi", "version"], ground.project, variables).strip().removeprefix("v"),
        folder=ground.project,
        variables=variables,
        logs=ground.logs,
        warm=("pulumi", "preview", *common),
        commands={
            Part.UP: up,
            Part.AGAIN: (*up, "--expect-no-changes"),
            Part.READ: (*up, "--expect-no-changes", "--refresh"),
            Part.DESTROY: ("pulumi", "destroy", "--yes", "--skip-preview", *common),
        },
        unchanged="",
        state=state,
    )


def tofu(ground: Ground, parallel: int, peer: Peer) -> Tool:
    """The HCL, initialised here; its state is a file beside it, as Pulumi's is one on the same disk."""
    # The same login, and nothing of Pulumi's or of another use of OpenTofu.
    foreign = re.compile("PULUMI|^TF_|^TOFU_")
    given = ground.environment.for_child()
    variables = {
        **{name: value for name, value in given.items() if not foreign.search(name)},
        "TF_CLI_CONFIG_FILE": str(ground.cli_configuration),
        "TF_IN_AUTOMATION": "1",
    }
    program = str(peer.tofu)
    common = ("-input=false", "-no-color", f"-parallelism={parallel}")
    apply = (program, "apply", "-auto-approve", *common)
    _output([program, "init", "-input=false", "-no-color"], ground.hcl, variables)

    def state() -> Counter[str]:
        kept = ground.hcl / "terraform.tfstate"
        return tofu_types(json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else Counter()

    return Tool(
        name="tofu",
        version=peer.tofu_version,
        folder=ground.hcl,
        variables=variables,
        logs=ground.logs,
        warm=(program, "plan", *common),
        commands={
            Part.UP: apply,
            Part.AGAIN: (*apply, "-refresh=false"),
            Part.READ: apply,
            # What the attachment's `destroy = false` leaves to the server's deletion is no error.
            Part.DESTROY: (
                program,
                "destroy",
                "-auto-approve",
                "-refresh=false",
                "-suppress-forget-errors",
                *common,
            ),
        },
        unchanged="0 added, 0 changed, 0 destroyed",
        state=state,
    )


def said(tool: Tool, part: Part) -> str:
    """The command as people would type it."""
    program, *words = tool.commands[part]
    return " ".join((Path(program).name, *words))


def pulumi_types(state: dict[str, Any]) -> Counter[str]:
    """`networking port` from `openstack:networking/port:Port`; components and the provider left out."""
    found = (str(it["type"]) for it in (state.get("deployment") or {}).get("resources") or [])
    return Counter(
        re.sub(r"^openstack:(\w+)/(\w+):\w+$", r"\1 \2", kind).lower()
        for kind in found
        if kind.startswith("openstack:")
    )


def tofu_types(state: dict[str, Any]) -> Counter[str]:
    """`networking port` from `openstack_networking_port_v2`; look-ups left out."""
    found: Counter[str] = Counter()
    for it in state.get("resources") or []:
        if it["mode"] == "managed":
            module, _, what = re.sub(r"_v\d+$", "", it["type"].removeprefix("openstack_")).partition("_")
            found[f"{module} {what.replace('_', '')}"] += len(it["instances"])
    return found


def _output(argv: list[str], folder: Path, variables: Mapping[str, str]) -> str:
    done = subprocess.run(argv, cwd=folder, env=dict(variables), capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailureError(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _cpu_of_children() -> float:
    """Processor seconds of every process that ended below us so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
