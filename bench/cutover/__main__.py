"""`python -m bench.cutover [--objects N]`: measures on Azurite and a real Swift, writes docs/measured/."""

from __future__ import annotations

import json
import platform
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from bench.command import Parser, positive
from bench.cutover.times import rows
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


def main() -> None:
    """Measure once, write the file."""
    parser = Parser(prog="python -m bench.cutover", description=__doc__)
    parser.add_argument("--objects", type=positive, default=600)
    objects = parser.parse_args().objects
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for name in ("azurite", "swift", "desk"):
            (here / name).mkdir()
        with azurite.serve(here / "azurite") as source, swift.serve(here / "swift") as target:
            took = _measured(lay(here / "desk", source, target, "measured", workers=8), objects)
    per_second = {verb: round(objects / seconds, 1) for verb, seconds in took.items()}
    commit = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    said = {
        "commit": subprocess.run(commit, check=True, capture_output=True, text=True).stdout.strip(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"2 shared cores, busy, {platform.system()}; Azurite and a Swift of one device beside it",
        "objects": objects,
        "size": SIZE,
        "seconds": {verb: round(seconds, 2) for verb, seconds in took.items()},
        "per_second": per_second,
        "processes": PROCESSES,
        "calculated": rows(per_second, PROCESSES),
    }
    FILE.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {per_second}")


if __name__ == "__main__":
    main()
