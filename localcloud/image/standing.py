"""What a Debian tree lets in and runs by itself: accounts, units, cron, sudo, start-up files, capabilities.

Read from a folder: by the image's build, which keeps it beside the artefact, and on a live host from `/`,
where the text of this file runs on its own. So both say it in the same words. Standard library alone; runs
nothing.
"""

import hashlib
import json
import os
import pathlib
import stat
from collections.abc import Iterator
from typing import Any

NAME = "standing.json"
PLACES = {
    "unit": ("etc/systemd/system", "etc/systemd/user", "usr/local/lib/systemd", "run/systemd/system"),
    "transient": ("run/systemd/transient",),
    "cron": (
        *("etc/crontab", "etc/anacrontab", "var/spool/cron", "var/spool/anacron"),
        *(f"etc/cron.{name}" for name in ("d", "hourly", "daily", "weekly", "monthly", "yearly")),
    ),
    "sudoers": ("etc/sudoers", "etc/sudoers.d"),
    "start": (
        *("etc/rc.local", "etc/init.d", "etc/ld.so.preload", "etc/ld.so.conf.d", "etc/profile.d"),
        *("etc/udev/rules.d", "etc/modules-load.d", "etc/apt/apt.conf.d", "etc/dpkg/dpkg.cfg.d"),
        *("etc/systemd/system-generators", "etc/systemd/system-environment-generators", "etc/update-motd.d"),
        *("etc/network", "usr/local", "etc/binfmt.d", "etc/nftables.conf"),
    ),
}
"""Where a file makes root run something or decides who is root, by sort. Roots of walks, or single files."""
MOST, LARGEST = 5000, 16 * 1024**2
"""Entries below one place, and bytes of one file, that are still looked at."""
_CAPABILITY = "security.capability"
_NOT_WALKED = ("proc", "sys", "dev", "run", "tmp", "var/tmp", "var/log", "var/lib/socle")


def read(root: pathlib.Path) -> dict[str, Any]:
    """All of it, as JSON keeps it; OSError when a place holds more than anybody's."""
    return {
        "accounts": accounts(root),
        "groups": groups(root),
        "files": {sort: files(root, places) for sort, places in PLACES.items()},
        "capabilities": capabilities(root),
    }


def write(root: pathlib.Path, folder: pathlib.Path) -> str:
    """Keep what the tree has in `folder`; returns its SHA-256 in hex."""
    text = json.dumps(read(root), indent=1, sort_keys=True) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def accounts(root: pathlib.Path) -> list[dict[str, Any]]:
    """Every line of passwd; a name may be there twice, and the first counts."""
    rows = (line.split(":") for line in _lines(root / "etc/passwd"))
    return [
        {"name": row[0], "uid": row[2], "gid": row[3], "home": row[5], "shell": row[6]}
        for row in rows
        if len(row) == 7  # noqa: PLR2004
    ]


def groups(root: pathlib.Path) -> list[dict[str, Any]]:
    """Every line of group, with its members."""
    rows = (line.split(":") for line in _lines(root / "etc/group"))
    return [
        {"name": row[0], "gid": row[2], "members": sorted(filter(None, row[3].split(",")))}
        for row in rows
        if len(row) == 4  # noqa: PLR2004
    ]


def files(root: pathlib.Path, places: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Each file below the places, by its path on the host: what it holds, whose it is, and its mode."""
    found = {}
    for place in places:
        for number, path in enumerate(_walk(root / place)):
            if number >= MOST:
                raise OSError(f"/{place} has more than {MOST} files")
            found["/" + str(path.relative_to(root))] = describe(path)
    return found


def describe(path: pathlib.Path) -> dict[str, str]:
    """What one file holds (a digest, or where a link leads), its owner by number, its mode."""
    state = path.lstat()
    owner = f"{state.st_uid}:{state.st_gid}"
    if stat.S_ISLNK(state.st_mode):
        return {"content": f"-> {path.readlink()}", "owner": owner, "mode": ""}
    mode = f"{stat.S_IMODE(state.st_mode):04o}"
    if not stat.S_ISREG(state.st_mode):
        return {"content": "no file", "owner": owner, "mode": mode}
    if state.st_size > LARGEST:
        return {"content": f"{state.st_size} bytes", "owner": owner, "mode": mode}
    return {"content": digest(path.read_bytes()), "owner": owner, "mode": mode}


def digest(content: bytes) -> str:
    """Of a file, without the line in which cloud-init says when it wrote it."""
    lines = content.split(b"\n")
    kept = [line for line in lines if not line.startswith(b"# Created by cloud-init v. ")]
    return "sha256:" + hashlib.sha256(b"\n".join(kept)).hexdigest()


def capabilities(root: pathlib.Path) -> dict[str, str]:
    """Each program that the kernel gives rights which whoever starts it lacks: the attribute, in hex."""
    found = {}
    for folder, names, programs in os.walk(root, followlinks=False):
        own = os.path.relpath(folder, root)
        names[:] = [name for name in names if os.path.normpath(f"{own}/{name}") not in _NOT_WALKED]
        for name in programs:
            path = os.path.join(folder, name)  # noqa: PTH118 - thirty thousand of them on a slow host
            try:
                value = os.getxattr(path, _CAPABILITY, follow_symlinks=False)
            except OSError:
                continue  # it has none, or went meanwhile
            found["/" + os.path.relpath(path, root)] = value.hex()
    return found


def _walk(path: pathlib.Path) -> Iterator[pathlib.Path]:
    if path.is_symlink() or not path.is_dir():
        if path.is_symlink() or path.exists():
            yield path
        return
    for entry in sorted(path.iterdir()):
        yield from _walk(entry)


def _lines(path: pathlib.Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").split("\n")
