"""Which version of the project writes a record."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from socle import __version__


@cache
def project_version() -> str:
    """This project's version with the commit it stands on, `0.1.0+g1a2b3c4d`; `.dirty` when files differ."""
    root = Path(__file__).resolve().parents[2]
    command = ["git", "-C", str(root), "describe", "--always", "--dirty=.dirty", "--abbrev=8", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__}+g{answer.stdout.strip()}"
