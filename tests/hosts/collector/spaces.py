"""A space's credential and keys on its workstation: where they lie, whose they are, and copies elsewhere.

What is secret is read and searched for here, on the host, as root; nothing of it is in the answer.
"""

import json
import os
import pathlib
import pwd
import stat
from collections.abc import Callable, Iterator
from typing import Any

from tests.hosts.collector.base import Request

FOLDER, LINK = ".socle", pathlib.Path("/etc/socle/objects/access")
ELSEWHERE = (
    *("/etc", "/home", "/root", "/opt", "/run", "/srv", "/usr/local", "/var/lib/cloud", "/var/log"),
    *("/dev/shm", "/tmp", "/var/tmp"),  # noqa: S108 - looked at, not written to
)
LARGEST = 32 * 1024**2
"""Bytes of a file that is still searched: a journal is one of 8 MiB."""


def space_access(request: Request) -> Any:
    """Files with owner, mode and seal; the credentials' ids; where else a secret of them lies."""
    top = pathlib.Path(request["sealed"][0]) / FOLDER
    files, ids, secrets = {}, set(), set()
    for path in sorted(top.rglob("*")) if top.is_dir() else []:
        files[str(path.relative_to(top))] = _said(path)
        if path.name == "clouds.yaml":
            for entry in json.loads(path.read_text())["clouds"].values():
                ids.add(entry["auth"]["application_credential_id"])
                secrets.add(entry["auth"]["application_credential_secret"])
        elif path.name == "objects.json":
            said = json.loads(path.read_text())
            secrets |= {said["origin"], *said["identities"][:1]}
    needles = [secret.encode() for secret in secrets]
    device = pathlib.Path(request["sealed"][0]).stat().st_dev
    elsewhere = [path for root in ELSEWHERE for path in _copies(root, needles, device)]
    link = str(LINK.readlink()) if LINK.is_symlink() else ""
    return {"files": files, "ids": sorted(ids), "elsewhere": sorted(set(elsewhere)), "link": link}


def _said(path: pathlib.Path) -> dict[str, Any]:
    found = path.lstat()
    try:
        owner = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        owner = str(found.st_uid)
    layer = pathlib.Path(f"/sys/dev/block/{os.major(found.st_dev)}:{os.minor(found.st_dev)}/dm/uuid")
    seal = layer.read_text().strip() if layer.exists() else ""
    kind = "folder" if stat.S_ISDIR(found.st_mode) else "file" if stat.S_ISREG(found.st_mode) else "other"
    return {"owner": owner, "mode": f"{stat.S_IMODE(found.st_mode):o}", "kind": kind, "seal": seal[:11]}


def _device(path: str) -> int | None:
    try:
        return os.lstat(path).st_dev
    except OSError:
        return None  # it went meanwhile


def _copies(root: str, needles: list[bytes], sealed: int) -> Iterator[str]:
    """Files below it that hold a secret, on whatever lies there but the sealed volume."""
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if _device(f"{folder}/{name}") not in (sealed, None)]
        for name in names:
            path = f"{folder}/{name}"
            try:
                found = os.lstat(path)
                if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST or found.st_dev == sealed:
                    continue
                content = pathlib.Path(path).read_bytes()
            except OSError:
                continue  # it went meanwhile
            if any(needle in content for needle in needles):
                yield path


PROBES: dict[str, tuple[Callable[[Request], Any], ...]] = {"space_access": (space_access,)}
