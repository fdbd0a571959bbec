"""Where results are kept: one folder a key, complete or not there at all."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from obtain.talk import say

MANIFEST = "complete.json"


def is_complete(folder: Path) -> bool:
    """Whether every file that the finished build listed is there in its full size."""
    try:
        sizes = json.loads((folder / MANIFEST).read_text())
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


@contextlib.contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Yield an empty folder; when the block ends well it becomes `folder`, else it is thrown away."""
    partial = folder.with_name(folder.name + ".partial")
    discard(partial)
    if folder.exists():
        say(f"{folder} is incomplete: discarding it")
        discard(folder)
    partial.mkdir(parents=True)
    try:
        yield partial
        files = sorted(path for path in partial.rglob("*") if path.is_file())
        for path in files:
            with path.open("rb") as opened:
                os.fsync(opened.fileno())
        (partial / MANIFEST).write_text(
            json.dumps({str(path.relative_to(partial)): path.stat().st_size for path in files}, indent=1)
        )
        partial.rename(folder)
    finally:
        discard(partial)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one builder at a time into `folder`; the kernel frees the lock of a killed one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another build of the tool chain runs; waiting for it")
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def discard(folder: Path) -> None:
    """Remove a folder, if it is there; rm takes seconds for what takes Python a minute (200,000 files)."""
    if folder.exists():
        subprocess.run(["rm", "-rf", "--", str(folder)], check=True)


def discard_later(trash: Path, folders: list[Path]) -> None:
    """Remove 200,000 files, which can take a minute, without letting anyone wait for it.

    They are in `trash` from now on; what an interruption leaves there is removed by the next build.
    """
    trash.mkdir(exist_ok=True)
    for folder in filter(Path.exists, folders):
        folder.rename(trash / f"{folder.name}-{os.getpid()}")
    command = ["nice", "-n", "19", "rm", "-rf", "--", str(trash)]
    quiet = subprocess.DEVNULL
    subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def link(source: Path, target: Path) -> None:
    """Make `target` the same file as `source` without copying, when both are on one file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
