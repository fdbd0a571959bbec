"""The running guests, asked to shut down before their hypervisor ends."""

import time

from localcloud import walls
from localcloud.runner import Say
from localcloud.zones import Zone

PATIENCE = 60.0
"""Seconds for an orderly shutdown; an emulated guest takes 15 to 30."""


def _virsh(zone: Zone, *arguments: str) -> str:
    uri = f"qemu+unix:///system?socket={zone.sock}/libvirt/libvirt-sock"
    return walls.run(*walls.enter(zone), "virsh", "-q", "-c", uri, *arguments, check=False)


def running(zone: Zone) -> list[str]:
    """Names of the guests that run on the zone's hypervisor."""
    return _virsh(zone, "list", "--name").split()


def shut_down(places: list[Zone], say: Say) -> None:
    """Press every guest's power button and wait; what does not listen is ended with its hypervisor."""
    found = [(zone, name) for zone in places for name in running(zone)]
    if not found:
        return
    say(f"shutting down {len(found)} guests (at most {PATIENCE:.0f} s)")
    for zone, name in found:
        _virsh(zone, "shutdown", name)
    deadline = time.monotonic() + PATIENCE
    while any(running(zone) for zone in places) and time.monotonic() < deadline:
        time.sleep(0.5)
