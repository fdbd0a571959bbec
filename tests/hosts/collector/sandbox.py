"""How services are caged: by what systemd would give them, and by what the kernel holds of those that run."""

import pathlib
from typing import Any

from tests.hosts.collector.base import Request, run

OVERALL = "Overall exposure level"


def sandbox(request: Request) -> Any:
    """Of each unit: systemd's own score (0 to 10), its main process' filter and privileges."""
    return {unit: _unit(unit) for unit in request["boxed"]}


def _unit(unit: str) -> dict[str, str]:
    shown = run("systemctl", "show", "-p", "LoadState,MainPID", unit).splitlines()
    state = dict(line.split("=", 1) for line in shown)
    if state["LoadState"] != "loaded":
        return {"load": state["LoadState"]}
    # Exposure of the unit as it is loaded, drop-ins and all; the command itself judges by a limit of its own.
    said = run("systemd-analyze", "security", "--no-pager", unit, check=False).splitlines()
    overall = [line.rpartition(": ")[2].split()[0] for line in said if OVERALL in line]
    if not overall:
        raise OSError(f"systemd-analyze security {unit}: {(said or ['no output'])[-1][:100]}")
    return {"load": "loaded", "exposure": overall[0], **_process(state.get("MainPID", "0"))}


def _process(pid: str) -> dict[str, str]:
    if pid == "0":
        return {}
    status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    said = {key: value.strip() for key, _, value in (line.partition(":") for line in status)}
    return {"Seccomp": said["Seccomp"], "NoNewPrivs": said["NoNewPrivs"]}
