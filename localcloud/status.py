"""What runs: one entry a process, each probed now."""

from pathlib import Path
from typing import Any

from localcloud import processes, ready, render, steps, zones
from localcloud.model import Cloud


def overview(cloud: Cloud) -> list[dict[str, Any]]:
    """Service, name, pid, ready, memory (MiB, proportional share) and log of every process."""
    services = steps.load()
    machine = {"virt_type": "", "apt_proxy": "", "mirrors": []}
    values = render.context(cloud, services, Path("/nonexistent"), machine)
    places = zones.of(cloud)
    rows = []
    for step in (step for step in steps.ordered(services, len(places)) if step.is_process):
        zone = places[step.zone - 1]
        probe = render.deep(step.ready, values | {"zone": zone})
        pid = processes.alive(cloud, step.name)
        rows.append(
            {
                "service": step.service,
                "name": step.name,
                "pid": pid,
                "ready": pid is not None and ready.probe(zone, probe, pid),
                "memory_mib": processes.memory_mib(pid) if pid else 0,
                "log": str(processes.log_file(cloud, step.name)),
            }
        )
    return rows
