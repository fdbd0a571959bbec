"""Gives each rival a virtual environment of its own, from a lock of its own, and runs what is in it.

They share nothing with this project's environments: each pins hundreds of packages that would bind ours.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from socle.errors import FailureError
from socle.paths import cache

HERE = Path(__file__).parent
PYTHON = "/usr/bin/python3"
PATIENCE = 1800.0
"""Seconds that a scan may take on a machine that has other work."""


def obtain(tool: str) -> Path:
    """The folder of its programs, installed when this lock is new; FailureError when that fails."""
    lock = HERE / f"{tool}.txt"
    place = cache() / "rivals" / f"{tool}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not (place / "complete").exists():
        print(f"installing {tool} from {lock.name} into an environment of its own", flush=True)
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        uv = str(Path(sys.prefix) / "bin/uv")
        _checked([uv, "venv", "-q", "--python", PYTHON, str(place)])
        target = str(place / "bin/python")
        _checked([uv, "pip", "install", "-q", "--python", target, "--require-hashes", "-r", str(lock)])
        (place / "complete").touch()
    return place / "bin"


def run(
    argv: Sequence[str], ends: Sequence[int], folder: Path, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run one with nothing of this machine's settings: no key, no home, no proxy to phone home through.

    Raises FailureError, with the last line that it said, when its exit code is none of `ends`.
    """
    done = subprocess.run(
        argv,
        env=_bare(folder, more),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode not in ends:
        said = [line for line in (done.stderr + "\n" + done.stdout).splitlines() if line.strip()]
        name = Path(argv[0]).name
        raise FailureError(f"{name} ended with {done.returncode}: {said[-1][:300] if said else 'no word'}")
    return done


def _bare(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", **more}


def _checked(argv: Sequence[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ})
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        raise FailureError(
            f"{Path(argv[0]).name} {argv[1]} failed: {said}", fix="see that packages can be had"
        )
