"""Obtains Azurite, which speaks the protocol of Azure Blob Storage: the source in tests of migrations.

Only tests of migrations run this: nothing of it is needed to operate anything. Pinned with the hashes of all
its packages by azurite/package-lock.json; no package's own install script is run.
Runs on the standard library alone and gives the same exit codes as build.py.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from build import exit_code, part_folder
from obtain import pins, store
from obtain.talk import CannotError, say

NODE_LOCK = pins.TOOLCHAIN / "locks" / "node.txt"
OLDEST_NODE = (20, 0, 0)
PROGRAM = Path("node_modules") / "azurite" / "dist" / "src" / "blob" / "main.js"
PATIENCE_SECONDS = 600


def folder_of(root: Path) -> Path:
    """Where it is kept, whether it is there or not."""
    return part_folder(root, "azurite")


def stands(folder: Path) -> bool:
    """Whether it is installed: the folder has its name once npm was done.

    Not `store.building`: flushing each of 22,000 files takes minutes, and a lost one costs a test, no data.
    """
    return (folder / "node_modules" / ".package-lock.json").is_file() and (folder / PROGRAM).is_file()


def node_of(root: Path) -> Path:
    """The `node` to run it with: the system's when new enough and with npm beside it, else PyPI's, pinned."""
    system = shutil.which("node")
    if system and shutil.which("npm") and (node_version(system) or ()) >= OLDEST_NODE:
        return Path(system)
    return root / "azurite" / "node" / "bin" / "node"


def node_version(node: str | Path) -> tuple[int, ...] | None:
    """The version that a `node` reports, None when it reports none."""
    try:
        done = subprocess.run(
            [str(node), "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"v(\d+)\.(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, found.groups())) if found else None


def build(root: Path) -> None:
    """Install what is missing; raises CannotError with the reason."""
    with store.locked(root / "azurite"):
        node = node_of(root)
        if node_version(node) is None:
            _install_node(root)
        folder = folder_of(root)
        if stands(folder):
            return
        say("installing Azurite from the package registry (190 MB, about a minute)")
        partial = folder.with_name(folder.name + ".partial")
        store.discard(partial)
        store.discard(folder)
        partial.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy2(pins.TOOLCHAIN / "azurite" / name, partial / name)
        beside = node.with_name("npm")
        command = [
            str(beside if beside.exists() else "npm"),
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]
        path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        _run(command, "Azurite", cwd=partial, env=os.environ | {"PATH": path})
        partial.rename(folder)


def _install_node(root: Path) -> None:
    say("installing Node from PyPI (60 MB); next: Azurite with it")
    venv = root / "azurite" / "node"
    shutil.rmtree(venv, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(venv)], "Node")
    pip = [
        str(venv / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "-q",
        "--require-hashes",
        "-r",
        str(NODE_LOCK),
    ]
    _run(pip, "Node")


def _run(command: list[str], what: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        raise CannotError(
            f"{what} could not be installed from the package registry ({said[0][:300]}); "
            "check the network and run again"
        )


def answer(root: Path) -> dict[str, str]:
    """The command that starts it, for programs."""
    return {"node": str(node_of(root)), "program": str(folder_of(root) / PROGRAM)}


def obey(asked: argparse.Namespace) -> int:
    """Do what was asked; raises CannotError when that is impossible."""
    root = pins.cache_root() / "toolchain"
    if not asked.json_only:
        build(root)
    elif not stands(folder_of(root)):
        raise CannotError("Azurite is not installed yet; run `python3 toolchain/azurite.py` first", 2)
    sys.stdout.write(json.dumps(answer(root)) + "\n")
    return 0


def main(arguments: list[str]) -> int:
    """Install it, or say where it is."""
    parser = argparse.ArgumentParser(description="Obtain Azurite, to test migrations with.")
    parser.add_argument(
        "--json", dest="json_only", action="store_true", help="say where it is; installs nothing"
    )
    asked = parser.parse_args(arguments)
    return exit_code(lambda: obey(asked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
