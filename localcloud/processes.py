"""Starts, recognises and ends the cloud's processes: each a session with a pid and a log file."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from localcloud import walls, zones
from localcloud.model import Cloud
from localcloud.zones import Zone

# The child writes its own identity before it becomes the service, so that an `up` killed between
# the two leaves no process that `down` cannot find. `cat` names the shell by $$, not itself.
REGISTER = 'cat /proc/$$/stat > "$0.partial" && mv "$0.partial" "$0" && exec "$@"'


def pid_file(cloud: Cloud, name: str) -> Path:
    """Where a process is recorded: its /proc/<pid>/stat line at start."""
    return cloud.folder("run") / f"{name}.pid"


def log_file(cloud: Cloud, name: str) -> Path:
    """Everything a process says."""
    return cloud.folder("log") / f"{name}.log"


def _stat(text: str) -> tuple[int, str, str]:
    """Process id, state and start time of a /proc/<pid>/stat line."""
    head, _, tail = text.rpartition(") ")
    fields = tail.split()
    return int(head.split(" ", 1)[0]), fields[0], fields[19]


def alive(cloud: Cloud, name: str) -> int | None:
    """The process id when the recorded process still runs; a recycled id of another process is not it."""
    try:
        pid, _, started = _stat(pid_file(cloud, name).read_text())
        _, state, now = _stat(Path(f"/proc/{pid}/stat").read_text())
    except (OSError, ValueError, IndexError):
        return None
    return pid if now == started and state not in "ZX" else None


def alive_in(zone: Zone, step: str) -> int | None:
    """The process id of a zone's own process of that name, when it runs."""
    return alive(zone.cloud, zones.named(step, zone.number))


def spawn(
    cloud: Cloud, name: str, command: list[str], env: dict[str, str], *, zone: Zone | None
) -> subprocess.Popen[bytes]:
    """Start a process in its own session with an environment that holds nothing of the caller's.

    `zone`: behind whose walls; without one it runs on the host.
    """
    record = pid_file(cloud, name)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.unlink(missing_ok=True)
    prefix = walls.enter(zone) if zone else []
    log = log_file(cloud, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            ["sh", "-c", REGISTER, str(record), *prefix, *command],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
        )


def last_words(cloud: Cloud, name: str) -> str:
    """The last line of a log that says something wrong, else its last line."""
    try:
        tail = log_file(cloud, name).read_bytes()[-20000:].decode(errors="replace")
    except OSError:
        return "no log"
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    wrong = [
        line for line in lines if any(w in line for w in ("ERROR", "Error", "CRITICAL", "error:", "FATAL"))
    ]
    return (wrong or lines or ["nothing logged"])[-1][-300:]


def recorded(cloud: Cloud) -> list[str]:
    """Names of processes that were once started and not ended by `stop`."""
    return sorted(path.stem for path in cloud.folder("run").glob("*.pid"))


def recorded_in(zone: Zone) -> list[str]:
    """Those of them that belong to a zone; every one for the first, with which all end."""
    return [name for name in recorded(zone.cloud) if zone.is_first or name.endswith(f"@{zone.name}")]


def stop(cloud: Cloud, names: list[str], grace: dict[str, float]) -> None:
    """End processes together: ask with SIGTERM, kill their sessions after each one's grace (seconds)."""
    waiting = {name: pid for name in names if (pid := alive(cloud, name))}
    begun = time.monotonic()
    for pid in waiting.values():
        _signal(pid, signal.SIGTERM)
    while waiting:
        for name, pid in list(waiting.items()):
            if not alive(cloud, name):
                _signal_group(pid, signal.SIGKILL)
                del waiting[name]
            elif time.monotonic() - begun > grace.get(name, 10.0):
                _signal_group(pid, signal.SIGKILL)
        time.sleep(0.05)
    for name in names:
        pid_file(cloud, name).unlink(missing_ok=True)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _signal_group(pid: int, number: int) -> None:
    # A session's leader has the group's id; workers outlive a leader that was killed.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def memory_mib(leader: int) -> int:
    """Proportional share of memory (PSS, MiB) of all processes in the leader's session."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            if int(fields[3]) == leader:
                rollup = (folder / "smaps_rollup").read_text()
                total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration, IndexError):
            continue
    return total // 1024
