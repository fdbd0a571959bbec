"""Runs the engine on the cases, once a session, and cuts what it handed to packs into cases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import analyzer_pb2 as pb

from policies import wire
from policies.snapshot import Resource, Snapshot
from policies.values import Value

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0  # seconds for all cases, on a machine that has other work
STACK = "pulumi:pulumi:Stack"
STAND_IN = {"name": "openstack", "path": str(ROOT / "tests/policies/standin")}


def recorded(folder: Path) -> tuple[pb.AnalyzeStackRequest, dict[str, Mapping[str, Value]]]:
    """What the recorder kept: the stack's request, and what was asked for each resource."""
    request = pb.AnalyzeStackRequest.FromString((folder / "stack").read_bytes())
    asked = pb.AnalyzeStackRequest.FromString((folder / "inputs").read_bytes())
    inputs = {one.urn: wire.plain(one.properties) for one in asked.resources}
    return request, inputs


def cut(whole: Snapshot) -> dict[str, Snapshot]:
    """By case: its resources, the shared provider, and its own outputs of the stack."""
    by_case: dict[str, list[Resource]] = {}
    shared = [one for one in whole.resources if one.name == "shared"]
    for one in whole.resources:
        name, slash, _ = one.name.partition("/")
        if slash:
            by_case.setdefault(name, list(shared)).append(one)
    (stack,) = (one for one in whole.resources if one.type == STACK)
    for key in stack.props:
        by_case.setdefault(key.partition("/")[0], list(shared))
    return {name: Snapshot.of([*found, _outputs(stack, name)]) for name, found in by_case.items()}


def _outputs(stack: Resource, case: str) -> Resource:
    prefix = f"{case}/"
    props = {key.removeprefix(prefix): value for key, value in stack.props.items() if key.startswith(prefix)}
    return replace(stack, props=props)


@dataclass(frozen=True)
class Engine:
    """A project in a folder of its own. `chain`: the folder of `pulumi`."""

    folder: Path
    chain: Path

    @property
    def env(self) -> dict[str, str]:
        """Nothing of the machine's own settings; no cloud."""
        return {
            "PATH": os.pathsep.join([str(self.chain), str(Path(sys.prefix) / "bin"), "/usr/bin", "/bin"]),
            "HOME": str(self.folder),
            "VIRTUAL_ENV": sys.prefix,
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "of-this-test-alone",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "OS_AUTH_URL": "https://identity.example/v3",  # of the default provider; never asked
            "SOCLE_TEST_RECORDING": str(self.folder / "recording"),
        }

    def begin(self, program: Path, project: str = "cases", standin: bool = False) -> None:
        """Write the project and make its stack `dev`. `standin`: with a provider that has no cloud."""
        for name in ("backend", "recording"):
            (self.folder / name).mkdir(parents=True)
        builder = [
            sys.executable,
            str(ROOT / "toolchain/build.py"),
            "--install-home",
            str(self.folder / "home"),
        ]
        subprocess.run(builder, check=True)
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        said: dict[str, Any] = {"name": project, "main": str(program), "runtime": runtime}
        if standin:
            said["plugins"] = {"providers": [STAND_IN]}
        (self.folder / "Pulumi.yaml").write_text(json.dumps(said))
        self.pulumi("stack", "init", "dev")

    def pulumi(self, *arguments: str, ends: int | None = 0, at: Path | None = None, **more: str) -> str:
        """Run it; what it said. `ends`: the exit code it must have, any when None. `at`: where."""
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        done: Any = subprocess.run(
            command, cwd=at or self.folder, env={**self.env, **more}, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        said: str = done.stdout + done.stderr
        assert ends is None or done.returncode == ends, said[-6000:]
        return said
