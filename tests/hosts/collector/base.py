"""What every section shares: the request, and commands whose failure is told."""

import pathlib
import subprocess
from typing import Any

Request = dict[str, Any]
ETC = pathlib.Path("/etc")


def run(*argv: str, check: bool = True, seconds: int = 120) -> str:
    """Standard output of a command; raises OSError with its last words when it fails."""
    done = subprocess.run(
        argv, check=False, capture_output=True, text=True, timeout=seconds, errors="replace"
    )
    if check and done.returncode:
        last = (done.stderr or done.stdout).strip()[-200:]
        raise OSError(f"{' '.join(argv)[:80]}: exit {done.returncode}: {last}")
    return done.stdout


def main_pid(unit: str) -> str:
    """The process of a service; OSError when it has none."""
    pid = run("systemctl", "show", "-P", "MainPID", unit).strip()
    if not pid.isdigit() or pid == "0":
        raise OSError(f"{unit} does not run")
    return pid
