"""Which Python runs a program, and what is installed there.

Nothing here speaks gRPC; `service` turns these answers into messages.
"""

import base64
import json
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


class UnusableError(Exception):
    """A program that cannot be run as its project file asks; the text says what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python executable and the folder that its packages live in."""

    executable: Path
    packages: Path
    venv: Path | None = None

    def environment(self) -> dict[str, str]:
        """The environment of a child: as if the virtual environment were activated."""
        env = dict(os.environ)
        if self.venv:
            env["VIRTUAL_ENV"] = str(self.venv)
            env["PATH"] = os.pathsep.join([str(self.venv / "bin"), env.get("PATH", "")])
            env.pop("PYTHONHOME", None)
        return env

    def distributions(self) -> Iterator[tuple[str, str]]:
        """Name and version of every installed distribution."""
        for found in metadata.distributions(path=[str(self.packages)]):
            yield found.metadata["Name"], found.version


@dataclass(frozen=True)
class Provider:
    """What an SDK's pulumi-plugin.json says about the provider that it needs."""

    name: str
    version: str
    server: str
    parameterization: tuple[str, str, bytes] | None


def choose(root: Path, options: Mapping[str, object]) -> Interpreter:
    """The interpreter that the runtime options name, else the one this host runs on.

    `virtualenv` is relative to the folder of Pulumi.yaml; the toolchain `uv` implies `.venv`.
    Raises UnusableError when the environment is named but not there.
    """
    implied = ".venv" if options.get("toolchain") == "uv" and (root / ".venv").is_dir() else ""
    named = str(options.get("virtualenv") or implied)
    if not named:
        venv = Path(sys.prefix) if sys.prefix != sys.base_prefix else None
        return Interpreter(Path(sys.executable), Path(sysconfig.get_path("purelib")), venv)
    venv = root / named
    executable = venv / "bin" / "python"
    if not executable.exists():
        raise UnusableError(
            f"the virtual environment {venv} does not exist; run `make deps` or `pulumi install` first"
        )
    found = sorted(venv.glob("lib/python3*/site-packages"))
    if not found:
        raise UnusableError(f"{venv} has no site-packages; remove it and run `make deps`")
    return Interpreter(executable, found[-1], venv)


def providers(packages: Path) -> Iterator[Provider]:
    """Every provider that an installed SDK asks for (`<package>/pulumi-plugin.json`)."""
    for path in sorted(packages.glob("*/pulumi-plugin.json")):
        said = json.loads(path.read_text())
        if not said.get("resource"):
            continue
        extra = said.get("parameterization")
        yield Provider(
            name=said.get("name") or path.parent.name.removeprefix("pulumi_"),
            version=said.get("version", ""),
            server=said.get("server", ""),
            parameterization=(extra["name"], extra["version"], base64.b64decode(extra["value"]))
            if extra
            else None,
        )
