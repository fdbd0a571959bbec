"""How services are caged: by what systemd would give them, and by what the kernel holds of those that run."""

import pathlib
import re
from typing import Any

from tests.hosts.collector.base import Request, run

TRIES = 3
OVERALL = re.compile(r"Overall exposure level for (\S+): (\S+)")


def sandbox(request: Request) -> Any:
    """Of each unit: systemd's own score (0 to 10), its main process' filter and privileges."""
    units = request["boxed"]
    states = _standing(units)
    loaded = [unit for unit, state in states.items() if state["load"] == "loaded"]
    scores = _scores(loaded) if loaded else {}
    return {
        unit: {"load": state["load"]}
        | ({"exposure": scores[unit], **state["process"]} if unit in scores else {})
        for unit, state in states.items()
    }


def _standing(units: list[str]) -> dict[str, Any]:
    """Whether each is loaded, and what the kernel holds of its main process.

    A service may be restarted between the two questions: both are asked again.
    """
    left = TRIES
    while True:
        left -= 1
        try:
            return {
                unit: {"load": state["LoadState"], "process": _process(state.get("MainPID", "0"))}
                for unit, state in _shown(units).items()
            }
        except (FileNotFoundError, ProcessLookupError):
            if not left:
                raise


def _shown(units: list[str]) -> dict[str, dict[str, str]]:
    parts = run("systemctl", "show", "-p", "LoadState,MainPID", *units).strip().split("\n\n")
    shown = [dict(line.split("=", 1) for line in part.splitlines()) for part in parts]
    if len(shown) != len(units):
        raise OSError(f"systemctl showed {len(shown)} of {len(units)} units")
    return dict(zip(units, shown, strict=True))


def _scores(units: list[str]) -> dict[str, str]:
    """Exposure of each unit as it is loaded, drop-ins and all; the command judges by a limit of its own."""
    said = run("systemd-analyze", "security", "--no-pager", *units, check=False)
    found = dict(OVERALL.findall(said))
    if silent := [unit for unit in units if unit not in found]:
        last = (said.strip().splitlines() or ["no output"])[-1][:100]
        raise OSError(f"systemd-analyze security {silent[0]}: {last}")
    return found


def _process(pid: str) -> dict[str, str]:
    if pid == "0":
        return {}
    status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    said = {key: value.strip() for key, _, value in (line.partition(":") for line in status)}
    return {"Seccomp": said["Seccomp"], "NoNewPrivs": said["NoNewPrivs"]}
