"""The tool chain under test, as `make deps` left it; a Pulumi home, backend and project of a test's own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.toolchain.machine import BUILDER, Machine

PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class Chain:
    """Where the parts stand."""

    bin: Path
    plugin: Path


@pytest.fixture(scope="session")
def chain() -> Chain:
    said = json.loads(
        subprocess.run([sys.executable, str(BUILDER), "--json"], capture_output=True, check=True).stdout
    )
    assert said["stands"], "the tool chain is not built; run `make deps`"
    return Chain(Path(said["bin"]), Path(said["plugin"]))


@dataclass(frozen=True)
class Stack:
    """A project with a file backend of its own and one stack, `dev`."""

    folder: Path
    env: dict[str, str]

    def pulumi(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the CLI without questions; the caller judges the exit code."""
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


@pytest.fixture
def tiny(chain: Chain, tmp_path: Path) -> Callable[[str], Stack]:
    """Makes a stack from the text of its program."""

    def make(program: str) -> Stack:
        folder = tmp_path / "project"
        folder.mkdir()
        (tmp_path / "backend").mkdir()
        (tmp_path / "passphrase").write_text("of this test alone")
        python = Path(sys.prefix)
        (folder / "Pulumi.yaml").write_text(
            f"name: tiny\nruntime:\n  name: python\n  options:\n    virtualenv: {python}\n"
        )
        (folder / "__main__.py").write_text(program)
        home = tmp_path / "home"
        subprocess.run([sys.executable, str(BUILDER), "--install-home", str(home)], check=True)
        env = {
            "PATH": os.pathsep.join([str(chain.bin), str(python / "bin"), "/usr/bin", "/bin"]),
            "HOME": str(tmp_path),
            "VIRTUAL_ENV": str(python),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        stack = Stack(folder, env)
        made = stack.pulumi("stack", "init", "dev")
        assert made.returncode == 0, made.stderr
        return stack

    return make


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine where only stand-ins are installed."""
    return Machine(tmp_path)
