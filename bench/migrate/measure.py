"""What is measured: copying and proving both ways, memory by number of objects, two processes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from bench.beside import Line
from bench.migrate.ends import MIB, Ends, Used, emptied, filled, run
from bench.migrate.rclone import Rclone
from socle.errors import FailureError
from tests.faults.rules import Fault, Faults, Rule
from tests.migration.between import led_through
from tests.migration.desk import Desk

COPY_AIM = round(1 / 0.9, 3)
"""Copying is at least 0.9 times as quick."""
PROVEN_AIM, MEMORY_AIM = 1.0, 1.1
WORKERS_AIM = round(1 / 1.6, 3)
VERBS = ("inventory", "copy", "verify")


def beside_rclone(ends: Ends, name: str, count: int, size: int, asked: argparse.Namespace) -> Iterator[Line]:
    """Rounds in which the first changes; each side begins with an empty target. Raises FailureError."""
    source = filled(ends, name, count, size)
    taken: dict[str, list[float]] = {part: [] for part in ("our copy", "ours", "peer copy", "peer")}
    for number in range(asked.rounds):
        for side in ("ours", "peer") if number % 2 == 0 else ("peer", "ours"):
            source = emptied(ends, source, f"{name}-{number}-{side}")
            copied, proven = _ours(source, asked) if side == "ours" else _rclone(ends, source, asked)
            taken["our copy" if side == "ours" else "peer copy"].append(copied)
            taken[side].append(copied + proven)
            print(f"{name}, round {number + 1}, {side}: {copied:.1f} s + {proven:.1f} s", flush=True)
    emptied(ends, source, f"{name}-end")
    what = f"{count} x {size // MIB} MiB" if size >= MIB else f"{count} x {size // 1024} KiB"
    yield Line(
        f"{what}: inventory and copy, beside `rclone copy`",
        tuple(taken["our copy"]), tuple(taken["peer copy"]), COPY_AIM,
    )  # fmt: skip
    yield Line(
        f"{what}: with verify, beside `rclone copy` and `rclone check --download`",
        tuple(taken["ours"]), tuple(taken["peer"]), PROVEN_AIM,
    )  # fmt: skip


def _verbs(desk: Desk, verbs: Sequence[str], asked: argparse.Namespace) -> dict[str, Used]:
    _at_once(desk, asked.workers)
    used = {verb: run([desk.argv(verb)], desk.env(), desk.folder) for verb in verbs}
    print(
        "; ".join(f"{verb} {one.seconds:.1f} s, {one.memory:.0f} MiB" for verb, one in used.items()),
        flush=True,
    )
    return used


def _at_once(desk: Desk, workers: int) -> None:
    said = desk.file.read_text(encoding="utf-8")
    if "workers:" not in said:
        desk.file.write_text(f"{said}workers: {workers}\n", encoding="utf-8")


def _ours(desk: Desk, asked: argparse.Namespace) -> tuple[float, float]:
    used = _verbs(desk, VERBS, asked)
    return used["inventory"].seconds + used["copy"].seconds, used["verify"].seconds


def _rclone(ends: Ends, desk: Desk, asked: argparse.Namespace) -> tuple[float, float]:
    rclone = Rclone.lay(
        desk.folder, ends.connection, ends.store.clouds, desk.source.container_name, desk.target,
        login="writer", workers=asked.workers,
    )  # fmt: skip
    copied = run([rclone.argv("copy")], rclone.env(), desk.folder)
    return copied.seconds, run([rclone.argv("check", "--download")], rclone.env(), desk.folder).seconds


def memory(ends: Ends, few: int, many: int, asked: argparse.Namespace) -> Iterator[Line]:
    """The most resident memory of each verb's process, with many objects beside few."""
    held: dict[int, dict[str, Used]] = {}
    for count in (few, many):
        desk = filled(ends, f"memory-{count}", count, 100)
        held[count] = _verbs(desk, VERBS, asked)
        emptied(ends, desk, f"memory-{count}-end")
    for verb in VERBS:
        ours, peer = held[many][verb].memory, held[few][verb].memory
        what = f"memory of `{verb}`, {many} objects beside {few}"
        yield Line(what, (ours,), (peer,), MEMORY_AIM, "MiB")


def two_workers(ends: Ends, count: int, size: int, asked: argparse.Namespace) -> Line:
    """A copy by two processes on one ledger beside one by a single process, both ends away by the latency."""
    source = filled(ends, "workers", count, size)
    away = asked.latency / 1000
    taken: dict[int, list[float]] = {1: [], 2: []}
    for number in range(asked.rounds):
        for processes in (2, 1) if number % 2 == 0 else (1, 2):
            source = emptied(ends, source, f"workers-{number}-{processes}")
            with led_through(source, Faults([Rule(Fault.SLOW, 1.0)], 1, (away, away))) as desk:
                _verbs(desk, ("inventory",), asked)
                # The one that ends first may see what the other still works on: 4, not proven yet.
                used = run([desk.argv("copy")] * processes, desk.env(), desk.folder, ends=(0, 4))
                _whole(desk, count)
            taken[processes].append(used.seconds)
            print(f"workers, round {number + 1}, {processes}: {used.seconds:.1f} s", flush=True)
    emptied(ends, source, "workers-end")
    what = (
        f"{count} x {size // 1024} KiB copied with {asked.latency} ms at both ends: two processes beside one"
    )
    return Line(what, tuple(taken[2]), tuple(taken[1]), WORKERS_AIM)


def _whole(desk: Desk, count: int) -> None:
    found = int(desk.store.head(f"/{desk.target}").headers["X-Container-Object-Count"])
    if found != count:
        raise FailureError(f"{found} of {count} objects were copied", desk.target)
