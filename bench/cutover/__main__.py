"""`python -m bench.cutover [--objects N]`: measures on Azurite and a real Swift, writes docs/measured/."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from bench.command import Parser, ended, positive
from bench.cutover.times import rows
from bench.up.record import commit
from socle.errors import UserError
from socle.migrate import job as jobs
from socle.migrate.certify import manifest_line
from socle.migrate.cutover import deletion
from socle.migrate.cutover.source import Owner
from socle.migrate.ledger import Ledger
from socle.paths import ROOT
from tests.migration import azurite, swift
from tests.migration.desk import Desk, lay

SIZE = 4096
PROCESSES = 8
FILE = ROOT / "docs" / "measured" / "migrate-times.json"
EXAMPLES = f"""\
examples:
  python -m bench.cutover --objects 40 --output /tmp/times.json    try it: a minute, no cloud needed
  python -m bench.cutover                                          writes {FILE.relative_to(ROOT)}

exit codes: 0 measured, 1 a tool failed, 2 bad usage
"""


def _measured(desk: Desk, objects: int) -> dict[str, float]:
    """Seconds a step."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: desk.upload(f"{n % 10}/{n:06}", n.to_bytes(8) * (SIZE // 8)), range(objects)))
    took = {}
    for verb in ("inventory", "copy", "verify"):
        began = time.monotonic()
        desk.run(verb)
        took[verb] = time.monotonic() - began
    with desk.environment():
        job = jobs.load(desk.file)
        spec = jobs.CutoverSpec(
            owner_file=job.source.connection_file, writers=(job.source.connection_file,), retention_days=1
        )
        job = job.model_copy(update={"cutover": spec})
        listed = desk.folder / "list.jsonl"
        with Ledger(desk.ledger) as ledger:
            listed.write_bytes(b"".join(manifest_line(item) + b"\n" for item in ledger.items()))
            began = time.monotonic()
            kept = deletion.delete(job, ledger, Owner(job), listed, lambda _: None)
            took["delete"] = time.monotonic() - began
    if kept or any(True for _ in desk.source.list_blobs()):
        raise AssertionError(f"not everything was deleted: {kept[:3]}")
    return took


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = Parser(
        prog="python -m bench.cutover",
        description="How quickly a migration lists, copies, reads again and deletes.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--objects", type=positive, default=600, metavar="N", help="of 4 KiB (default 600)")
    parser.add_argument("--output", type=Path, default=FILE, metavar="FILE", help="where the figures go")
    return parser.parse_args(words)


def bench(asked: argparse.Namespace) -> None:
    """Do what was asked; raises SocleError with the reason."""
    if not asked.output.parent.is_dir():
        raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for name in ("azurite", "swift", "desk"):
            (here / name).mkdir()
        with azurite.serve(here / "azurite") as source, swift.serve(here / "swift") as target:
            took = _measured(lay(here / "desk", source, target, "measured", workers=8), asked.objects)
    per_second = {verb: round(asked.objects / seconds, 1) for verb, seconds in took.items()}
    said = {
        "commit": commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, load {load:.1f} before; both ends on it, Swift with one device",
        "objects": asked.objects,
        "size": SIZE,
        "seconds": {verb: round(seconds, 2) for verb, seconds in took.items()},
        "per_second": per_second,
        "processes": PROCESSES,
        "calculated": rows(per_second, PROCESSES),
    }
    asked.output.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    print(f"{per_second}; written to {asked.output}")


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    return ended("bench.cutover", lambda: bench(asked), "nothing is left of it", longest=300)


if __name__ == "__main__":
    sys.exit(main())
