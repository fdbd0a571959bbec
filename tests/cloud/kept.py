"""What somebody kept of a space's volume: made, attached where they are root, and tried to read."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cloud.live import SERVICES, environment, login, run

NO_KEY = "No key available with this passphrase"
"""What it says when the seal is there, and the key is not its own (cryptsetup's words)."""


def clone(cloud: Any, volume: Any) -> Any:
    """A volume made from this one."""
    made = cloud.block_storage.create_volume(name="kept", size=volume.size, source_volume_id=volume.id)
    return cloud.block_storage.wait_for_status(made, "available", wait=300)


def backup(cloud: Any, volume: Any) -> Any:
    """A backup of this volume by the cloud's own service."""
    made = cloud.block_storage.create_backup(name="nightly", volume_id=volume.id)
    return cloud.block_storage.wait_for_status(made, "available", failures=["error"], wait=300)


def restore(cloud: Any, backup: Any, volume_type: str) -> Any:
    """A volume with what this backup holds; an encrypted one goes into a volume of the same type only."""
    api = cloud.block_storage
    made = api.create_volume(name="restored", size=backup.size, volume_type=volume_type)
    made = api.wait_for_status(made, "available", wait=300)
    api.restore_backup(backup.id, volume_id=made.id)
    failures = ["error", "error_restoring"]
    return api.wait_for_status(api.get_volume(made.id), "available", failures=failures, wait=300)


@contextmanager
def attached(cloud: Any, volume: Any) -> Iterator[str]:
    """Its device on the services host; afterwards the volume is deleted."""
    api = cloud.block_storage
    host = next(one for one in cloud.compute.servers() if one.name == SERVICES)
    cloud.compute.create_volume_attachment(host, volume_id=volume.id)
    api.wait_for_status(volume, "in-use", wait=300)
    try:
        yield f"/dev/disk/by-id/virtio-{volume.id[:20]}"
    finally:
        run("openstack", "server", "remove", "volume", host.id, volume.id)
        volume = api.wait_for_status(api.get_volume(volume.id), "available", wait=300)
        api.delete_volume(volume.id)
        api.wait_for_delete(volume, wait=300)


def read(device: str, key: str) -> str:
    """What it gives to somebody who is root where it is attached and has this key."""
    script = (
        f"for i in $(seq 60); do [ -b {device} ] && break; sleep 1; done; "
        f"sudo cryptsetup open --readonly --key-file - {device} kept "
        "&& sudo mkdir -p /run/kept && sudo mount -o ro,noload /dev/mapper/kept /run/kept "
        "&& sudo cat /run/kept/result; "
        "sudo umount /run/kept 2>/dev/null; sudo cryptsetup close kept 2>/dev/null; true"
    )
    done = subprocess.run(
        login(SERVICES, script),
        env=environment(),
        input=key,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout + done.stderr
