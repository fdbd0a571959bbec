"""The running guests, asked to shut down before their hypervisor ends."""

import time

from localcloud import walls
from localcloud.model import Cloud
from localcloud.runner import Say

PATIENCE = 60.0
"""Seconds for an orderly shutdown; an emulated guest takes 15 to 30."""


def _virsh(cloud: Cloud, *arguments: str) -> str:
    uri = f"qemu+unix:///system?socket={cloud.sock}/libvirt/libvirt-sock"
    return walls.run(*walls.enter(cloud), "virsh", "-q", "-c", uri, *arguments, check=False)


def running(cloud: Cloud) -> list[str]:
    """Names of the guests that run."""
    return _virsh(cloud, "list", "--name").split()


def shut_down(cloud: Cloud, say: Say) -> None:
    """Press every guest's power button and wait; what does not listen is ended with the hypervisor."""
    names = running(cloud)
    if not names:
        return
    say(f"shutting down {len(names)} guests (at most {PATIENCE:.0f} s)")
    for name in names:
        _virsh(cloud, "shutdown", name)
    deadline = time.monotonic() + PATIENCE
    while running(cloud) and time.monotonic() < deadline:
        time.sleep(0.5)
