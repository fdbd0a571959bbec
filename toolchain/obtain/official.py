"""Finds an official Pulumi that the user has installed; it is used as it is and never shadowed.

What this project built itself is never taken for official, though it stands on the same PATH.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from obtain import pins

# Since this version a refresh tells drift from failure by its exit code.
OLDEST = (3, 227, 0)
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Official:
    """An official CLI, or why there is none that serves."""

    bin: Path | None
    why_not: str = ""


def find_cli() -> Official:
    """The official CLI on the PATH, if it is new enough and has its Python language host."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    path = os.pathsep.join(str(folder) for folder in folders if not _ours(folder))
    found = shutil.which("pulumi", path=path)
    if not found:
        return Official(None)
    folder = Path(found).parent
    version = _version_of(found)
    if version is None:
        return Official(None, f"{found} does not tell its version")
    said = ".".join(map(str, version))
    if version < OLDEST:
        return Official(None, f"{found} is version {said}, older than {'.'.join(map(str, OLDEST))}")
    beside = Path(found).resolve().with_name("pulumi-language-python")
    if not beside.exists() and not shutil.which("pulumi-language-python", path=path):
        return Official(None, f"{found} ({said}) has no pulumi-language-python beside it")
    return Official(folder)


def find_plugin() -> Path | None:
    """The user's own copy of the provider plugin, of exactly the version that the SDK asks for."""
    homes = [os.environ.get("PULUMI_HOME"), str(Path.home() / ".pulumi")]
    for home in filter(None, homes):
        binary = Path(home) / "plugins" / pins.PLUGIN / pins.PLUGIN_BINARY
        if binary.is_file() and os.access(binary, os.X_OK) and not _ours(binary):
            return binary.resolve()
    return None


def _ours(path: Path) -> bool:
    return path.resolve().is_relative_to(pins.cache_root().resolve())


def _version_of(pulumi: str) -> tuple[int, ...] | None:
    env = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            [pulumi, "version"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            env=env,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", done.stdout.strip())
    return tuple(map(int, found.groups())) if found and not done.returncode else None
