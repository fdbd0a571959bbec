"""Locks of Pulumi's state that outlived their holder."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

from socle.errors import UserError
from socle.local.run import Context

PATIENCE = 120.0
"""Seconds to wait for a pulumi that is still at work."""


def release_dead_lock(context: Context) -> None:
    """Remove the state's lock files whose process is gone: a killed run leaves one behind.

    Waits for one that lives, since an engine whose caller was killed still ends its requests; raises
    UserError when it lives on.
    """
    folder = context.environment.folder / "backend" / ".pulumi" / "locks"
    for path in folder.rglob("*.json"):
        try:
            holder = json.loads(path.read_text(encoding="utf-8"))
            pid, host = int(holder["pid"]), str(holder["hostname"])
        except (ValueError, KeyError, OSError):
            pid, host = 0, socket.gethostname()  # half-written: its writer died
        here, until, told = host == socket.gethostname(), time.monotonic() + PATIENCE, False
        while here and is_pulumi(pid) and time.monotonic() < until:
            if not told:
                context.say(f"another pulumi works on the stack (process {pid}); waiting for it")
                told = True
            time.sleep(0.5)
        if not here or is_pulumi(pid):
            raise UserError(
                f"another pulumi works on the stack (process {pid} on {host})",
                str(path),
                "wait until it ends",
            )
        path.unlink(missing_ok=True)
        context.say(f"the lock of a pulumi that was killed (process {pid}) was removed")


def is_pulumi(pid: int) -> bool:
    """Whether that process lives and is a pulumi; after a reboot the number may be anybody's."""
    try:
        return bool(pid) and Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == "pulumi"
    except OSError:
        return False
