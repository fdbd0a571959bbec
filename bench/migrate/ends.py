"""Two real ends of the bench's own, and processes between them: their time and memory."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from socle.errors import FailureError
from socle.paths import ROOT
from tests.migration import azurite, swift
from tests.migration.desk import Desk, lay
from tests.migration.swift import Swift

MIB = 1 << 20
_BLOCK = 4 * MIB
_THREADS = 8
_EVERY = 0.02


@dataclass(frozen=True)
class Ends:
    """Azurite and Swift, which run while the bench does; everything lies below `folder`."""

    folder: Path
    connection: str
    store: Swift


@contextmanager
def standing() -> Iterator[Ends]:
    """Start both, at most some minutes; end them and remove what they held."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="socle-bench-")))
        for end in ("azurite", "swift"):
            (folder / end).mkdir()
        connection = stack.enter_context(azurite.serve(folder / "azurite"))
        yield Ends(folder, connection, stack.enter_context(swift.serve(folder / "swift")))


@dataclass(frozen=True)
class Used:
    """What a process took: wall-clock seconds, and the most resident memory in MiB."""

    seconds: float
    memory: float


def run(
    argvs: Sequence[Sequence[str]], env: Mapping[str, str], folder: Path, ends: Sequence[int] = (0,)
) -> Used:
    """Run these at once, until the last has ended; FailureError with its last line when one failed."""
    begun, memory = time.monotonic(), 0
    with ExitStack() as stack:
        logs = [stack.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in argvs]
        processes = [
            subprocess.Popen(argv, env=dict(env), cwd=ROOT, stdout=log, stderr=log)
            for argv, log in zip(argvs, logs, strict=True)
        ]
        try:
            while any(process.poll() is None for process in processes):
                memory = max([memory, *(_highest(process.pid) for process in processes)])
                time.sleep(_EVERY)
            seconds = time.monotonic() - begun
            for process, argv, log in zip(processes, argvs, logs, strict=True):
                if process.returncode not in ends:
                    log.seek(0)
                    said = log.read().decode(errors="replace").strip().splitlines() or ["no word"]
                    what = f"{' '.join(argv[:5])} ended with {process.returncode}: {said[-1][:300]}"
                    raise FailureError(what)
        finally:
            for process in processes:
                if process.poll() is None:
                    process.kill()
                    process.wait()
    return Used(seconds, memory / 1024)


def _highest(pid: int) -> int:
    """The most resident memory of a process up to now, in KiB (proc(5), VmHWM); 0 when it has ended.

    Not the kernel's account at its end: that one includes what the bench held when it started it.
    """
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    except OSError:
        return 0
    return int(found.group(1)) if found else 0


def filled(ends: Ends, name: str, count: int, size: int) -> Desk:
    """A migration whose source holds `count` blobs of `size` bytes each, no two alike."""
    folder = ends.folder / name
    folder.mkdir()
    desk = lay(folder, ends.connection, ends.store, name)

    def put(number: int) -> None:
        blob = f"{number % 32:02}/{number:08}"
        desk.source.upload_blob(blob, _content(number, size), length=size, max_concurrency=1)

    with ThreadPoolExecutor(min(_THREADS, count)) as pool:
        for _ in pool.map(put, range(count)):
            pass
    return desk


def _content(number: int, size: int) -> Iterator[bytes]:
    """Bytes that differ by object and by block, without holding them or drawing each."""
    block = os.urandom(min(size, _BLOCK))
    for start in range(0, size, _BLOCK):
        head = f"{number} {start} ".encode()
        yield (head + block)[: min(_BLOCK, size - start)]


def emptied(ends: Ends, desk: Desk, name: str) -> Desk:
    """The same source with an empty target and no ledger; the last target is removed."""
    for container in (desk.target, f"{desk.target}_segments"):
        if desk.store.head(f"/{container}").status_code == HTTPStatus.NOT_FOUND:
            continue  # rclone makes none for segments that it does not need
        while names := desk.names(container):
            with ThreadPoolExecutor(_THREADS) as pool:
                list(pool.map(lambda one, c=container: desk.store.delete(desk.path(one, c)), names))
        desk.store.delete(f"/{container}")
    folder = ends.folder / name
    folder.mkdir()
    return lay(folder, ends.connection, ends.store, name, source=desk.source)
