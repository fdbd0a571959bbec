"""Engineers at work: each with a project folder and a PULUMI_HOME of their own, on one backend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0  # seconds for one command on a machine that has other work
SECRETS = ("seeded-in-config-4f2a91", "seeded-in-program-9c3b57")
PLAIN = "plain-and-not-a-secret"
PROGRAM = f"""
import pulumi

class Thing(pulumi.CustomResource):
    def __init__(self, name, inputs):
        super().__init__("socle-slow:index:Thing", name, inputs)

settings = pulumi.Config()
hidden = pulumi.Output.secret("{SECRETS[1]}")
token = settings.require_secret("token")
both = {{"token": token, "hidden": hidden, "note": settings.require("note")}}
Thing("thing", {{**both, "gate": settings.get("gate") or ""}})
pulumi.export("token", token)
pulumi.export("note", settings.require("note"))
"""
QUIET = ("--non-interactive", "--color", "never")
UP = ("up", "--yes", "--skip-preview")


@dataclass(frozen=True)
class Engineer:
    """One of a team."""

    name: str
    folder: Path
    env: dict[str, str]

    @property
    def place(self) -> Path:
        """The folder of this engineer's environment."""
        return Path(self.env["SOCLE_STATE"]) / "envs" / "local"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command of pulumi's."""
        return subprocess.Popen(
            ["pulumi", *arguments, *QUIET],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pulumi(self, *arguments: str, ends: int | None = 0) -> str:
        """Run it; what it printed. It has to end with `ends`, with any other code than 0 for None."""
        return ended(self.start(*arguments), ends)

    def up(self, stack: str, *arguments: str, ends: int | None = 0, **config: str) -> str:
        """Change a stack."""
        return ended(self.start_up(stack, *arguments, **config), ends)

    def start_up(self, stack: str, *arguments: str, **config: str) -> subprocess.Popen[str]:
        """Begin to."""
        said = [part for name, value in config.items() for part in ("--config", f"hdh:{name}={value}")]
        return self.start(*UP, "--stack", stack, *said, *arguments)

    def state(self, stack: str) -> dict[str, Any]:
        """Its deployment, secrets encrypted."""
        found: dict[str, Any] = json.loads(self.pulumi("stack", "export", "--stack", stack))["deployment"]
        return found

    def socle(self, *arguments: str, fed: str = "", ends: int = 0) -> str:
        """Run one of our own verbs; what it printed, errors too."""
        done = subprocess.run(
            [sys.executable, "-m", "socle", *arguments],
            cwd=ROOT,
            env=self.env,
            input=fed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == ends, done.stdout + done.stderr
        assert ends != 2 or len(done.stderr.splitlines()) == 1, done.stderr
        return done.stdout + done.stderr


def ended(process: subprocess.Popen[str], ends: int | None = 0) -> str:
    """Wait for a command and judge its exit code."""
    try:
        said, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode == ends) if ends is not None else process.returncode, said
    return said


@dataclass(frozen=True)
class Gate:
    """Holds an `up` in the middle of a creation."""

    path: Path

    def reached(self) -> None:
        """Wait until the creation has begun."""
        until = time.monotonic() + PATIENCE
        while not self.path.with_name(self.path.name + ".reached").exists():
            assert time.monotonic() < until, "the creation never began"
            time.sleep(0.02)

    def open(self) -> None:
        """Let it go on."""
        self.path.touch()


def project(folder: Path) -> Path:
    """The team's project, without stacks."""
    folder.mkdir(parents=True)
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.yaml").write_text(
        f"name: hdh\nruntime:\n  name: python\n  options:\n    virtualenv: {sys.prefix}\n"
        f"plugins:\n  providers:\n    - {{name: socle-slow, path: {ROOT / 'tests/state/slow'}}}\n"
    )
    return folder


def environment(folder: Path, chain: Path, backend: str) -> dict[str, str]:
    """What a tool run of one engineer sees; nothing of the machine's own settings."""
    return {
        "PATH": os.pathsep.join([str(chain), str(Path(sys.prefix) / "bin"), "/usr/bin", "/bin"]),
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "VIRTUAL_ENV": sys.prefix,
        "LC_ALL": "C.UTF-8",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": backend,
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(folder.parent / "passphrase"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "SOCLE_STATE": str(folder / "state"),
        "SOCLE_CACHE": os.environ.get("SOCLE_CACHE") or str(Path.home() / ".cache" / "socle"),
    }
