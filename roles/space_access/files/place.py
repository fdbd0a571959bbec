"""Puts a space's credential and keys on its sealed volume, for each person, or takes them away.

Arguments: the volume's mount point, the link that leads there, [--check], then who gets a copy. Content
comes on standard input, as JSON by file name; none of it: all is taken away. Prints what it changed, never a
content. A place that is not a sealed volume, mounted, is refused: it would be the root disk.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

SEAL = "CRYPT-LUKS2-"
FOLDER = ".socle"


def main(words: list[str]) -> int:
    """Do it; 0, or 1 with one line on standard error."""
    mount, link, *rest = words
    checking, owners = "--check" in rest, [word for word in rest if word != "--check"]
    try:
        contents: dict[str, str] = json.load(sys.stdin)
    except ValueError:
        print("no content came; see the controller's message", file=sys.stderr)
        return 1
    place = Path(mount)
    if why := _unsealed(place):
        if checking:
            print(f"would change: {mount} is sealed and mounted first")
            return 0
        print(
            f"{mount}: {why}, so nothing was written; converge with the role sealed_volume", file=sys.stderr
        )
        return 1
    for what, do in _changes(place / FOLDER, Path(link), owners, contents):
        print(f"{'would change' if checking else 'changed'}: {what}")
        if not checking:
            do()
    return 0


def _unsealed(place: Path) -> str:
    """Why what is written there could lie in clear; empty when it cannot."""
    if not os.path.ismount(place):
        return "nothing is mounted there"
    device = place.stat().st_dev
    layer = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/dm/uuid")
    uuid = layer.read_text(encoding="ascii") if layer.exists() else ""
    return "" if uuid.startswith(SEAL) else "no seal protects what is mounted there"


Change = tuple[str, Callable[[], object]]


def _changes(top: Path, link: Path, owners: list[str], contents: dict[str, str]) -> Iterator[Change]:
    """What differs, and what mends it, one after the other. Folders are root's: nobody leads us astray."""
    if not contents:
        if link.is_symlink():
            yield f"{link} leads nowhere any more", link.unlink
        if top.exists():
            yield f"{top} is taken away", partial(_remove, top)
        return
    for folder in (top, *(top / owner for owner in owners)):
        if not _is(folder, stat.S_IFDIR | 0o711, 0):
            yield f"folder {folder}", partial(_folder, folder)
    for path in _strays(top, owners, contents):
        yield f"{path} is taken away", partial(_remove, path)
    for owner in owners:
        number = pwd.getpwnam(owner).pw_uid
        for name, text in sorted(contents.items()):
            path = top / owner / name
            same = _is(path, stat.S_IFREG | 0o600, number) and path.read_text(encoding="utf-8") == text
            if not same:
                yield str(path), partial(_write, path, text, number)
    if not (link.is_symlink() and link.readlink() == top):
        yield f"{link} leads to {top}", partial(_lead, link, top)


def _strays(top: Path, owners: list[str], contents: dict[str, str]) -> list[Path]:
    """Folders of who is no owner any more, and files that no longer come."""
    there = sorted(top.iterdir()) if top.exists() else []
    inside = [path for folder in there if folder.name in owners for path in sorted(folder.iterdir())]
    return [path for path in there if path.name not in owners] + [
        path for path in inside if path.name not in contents
    ]


def _is(path: Path, mode: int, owner: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return (found.st_mode, found.st_uid) == (mode, owner)


def _folder(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        path.unlink()
    path.mkdir(exist_ok=True)
    os.chown(path, 0, 0)
    path.chmod(0o711)


def _write(path: Path, text: str, owner: int) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as stream:
        os.fchown(number, owner, pwd.getpwuid(owner).pw_gid)
        stream.write(text)
        stream.flush()
        os.fsync(number)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    part.replace(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _lead(link: Path, top: Path) -> None:
    link.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    _remove(link) if link.is_symlink() or link.exists() else None
    link.symlink_to(top)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
