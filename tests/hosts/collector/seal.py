"""The seal of a host's files: its rules, who holds it, what was said of it, and a part compared now."""

import hashlib
import json
import pathlib
import re
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.hosts.collector.base import Request, run

FOLDER = pathlib.Path("/var/lib/socle/seal")
CONFIG = pathlib.Path("/etc/aide/socle.conf")
CHECK, UPDATE = "socle-seal-check", "socle-seal-update"
FAILED = 8  # AIDE's own failures begin above the bits for new, gone and changed


def seal(request: Request) -> Any:
    """Ages in seconds; `compared`: what AIDE says differs in the part that is asked for."""
    now, database = time.time(), FOLDER / "seal.db"
    config, content = CONFIG.read_bytes(), database.read_bytes()
    state, folder = database.stat(), FOLDER.stat()
    return {
        "config": hashlib.sha256(config).hexdigest(),
        "database": hashlib.sha256(content).hexdigest(),
        "owner": f"{database.owner()}:{database.group()}",
        "mode": f"{state.st_mode & 0o7777:04o}",
        "folder_mode": f"{folder.st_mode & 0o7777:04o}",
        "age": now - state.st_mtime,
        "recorded": _recorded(),
        "verdict": _verdict(now),
        "timer": _shown(f"{CHECK}.timer", "UnitFileState", "ActiveState"),
        "update": _running(now),
        "up": float(pathlib.Path("/proc/uptime").read_text().split()[0]),
        "compared": _compared(request["compared_now"]),
    }


def _verdict(now: float) -> dict[str, Any]:
    """The last one; none where the image's seal was never checked nor renewed."""
    if not (FOLDER / "verdict").exists():
        return {"word": "", "age": 0.0}
    word, when, _seal = (FOLDER / "verdict").read_text().split()
    return {"word": word, "age": now - int(when)}


def _recorded() -> str:
    """Checksum of the last seal in the journal, by the unit that makes it; empty where there is none."""
    from_unit = f"_SYSTEMD_UNIT={UPDATE}.service"
    said = ("journalctl", "--quiet", "--output=json", from_unit, "--grep=^sealed sha256:")
    lines = run(*said, "--lines=1", check=False).splitlines()
    return str(json.loads(lines[-1])["MESSAGE"]).partition("sha256:")[2] if lines else ""


def _shown(unit: str, *keys: str) -> dict[str, str]:
    text = run("systemctl", "show", "-p", ",".join(keys), "--timestamp=unix", unit)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _running(now: float) -> float | None:
    """For how long a seal has been in the making; None when none is."""
    said = _shown(f"{UPDATE}.service", "ActiveState", "InactiveExitTimestamp")
    if said["ActiveState"] != "activating":
        return None
    return now - float(said["InactiveExitTimestamp"].lstrip("@"))


def _compared(part: str) -> list[str]:
    command = ["aide", "--check", f"--config={CONFIG}", f"--limit={part}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    if done.returncode >= FAILED or done.returncode < 0:
        raise OSError(f"aide ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-200:]}")
    found = re.findall(r"^[fdlpcbs?].{5,20}: (/.*)$", done.stdout, re.M)
    return found if done.returncode else []


PROBES: dict[str, tuple[Callable[[Request], Any], ...]] = {"integrity": (seal,)}
