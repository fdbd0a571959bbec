"""Readiness: does a started process answer yet? One probe a kind; none waits longer than two seconds."""

import socket
import stat
from pathlib import Path
from typing import Any

from localcloud import walls
from localcloud.zones import Zone


def _unix(path: Path) -> bool:
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            return False
        with socket.socket(socket.AF_UNIX) as made:
            made.settimeout(2)
            made.connect(str(path))
    except OSError:
        return False
    return True


def _tcp(zone: Zone, port: int) -> bool:
    try:
        walls.connect(zone, port).close()
    except OSError:
        return False
    return True


def _http(zone: Zone, port: int, path: str) -> bool:
    """Any answer below 500: the application is loaded and its routes work."""
    request = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    try:
        with walls.connect(zone, port) as made:
            made.sendall(request.encode())
            words = made.recv(64).decode(errors="replace").split()
    except OSError:
        return False
    return len(words) > 1 and words[1].isdigit() and int(words[1]) < 500  # noqa: PLR2004


def _host_tcp(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


def probe(zone: Zone, ready: dict[str, Any], pid: int) -> bool:
    """Whether the process with this id is ready; without a probe, being alive is enough."""
    if "unix" in ready:
        return _unix(Path(ready["unix"]))
    if "tcp" in ready:
        return _tcp(zone, ready["tcp"])
    if "http" in ready:
        return _http(zone, ready["http"], ready["path"])
    if "host_tcp" in ready:
        return _host_tcp(ready["host_tcp"][0], ready["host_tcp"][1])
    if "inside" in ready:
        # A path of the process's own mount namespace, seen through /proc.
        return Path(f"/proc/{pid}/root{ready['inside']}").exists()
    return True
