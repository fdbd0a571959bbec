"""`python -m bench.migrate`: what a proven migration costs beside rclone's, on the same two ends."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.beside import Line, write
from bench.command import Parser, ended, positive
from bench.migrate import measure
from bench.migrate.ends import MIB, standing
from bench.migrate.rclone import version
from socle.errors import UserError
from socle.paths import ROOT

FILE = ROOT / "docs" / "measured" / "bench-migrate.json"
PARTS = ("small", "large", "memory", "workers")
NUMBERS = (
    ("small", 20_000, "small objects"),
    ("small-kib", 4, "their size"),
    ("large", 5, "large objects"),
    ("large-mib", 1024, "their size"),
    ("latency", 30, "ms added at both ends for the part `workers`"),
    ("workers", 8, "at once, on either side"),
    ("rounds", 3, "of each way"),
)
EXAMPLES = f"""\
examples:
  python -m bench.migrate --small 40 --large 1 --large-mib 32 --memory 20 60 \\
    --rounds 1 --output /tmp/bench-migrate.json
                                     try it: a few minutes, no cloud needed
  python -m bench.migrate            20,000 of 4 KiB, 5 of 1 GiB, memory of 1,000 and 100,000: hours
                                     and 25 GiB of disk; writes {FILE.relative_to(ROOT)}
  python -m bench.migrate --only workers

What both write is removed at the end. See also: python -m bench.migrate.check --help
exit codes: 0 measured, 1 a tool failed, 2 bad usage
"""


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = Parser(
        prog="python -m bench.migrate",
        description="Copying and proving, beside rclone's copy and check. Starts both ends itself.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, default, what in NUMBERS:
        parser.add_argument(
            f"--{name}", type=positive, default=default, metavar="N", help=f"{what} (default {default:,})"
        )
    parser.add_argument(
        "--memory", type=positive, nargs=2, default=(1000, 100_000), metavar=("FEW", "MANY"), help="objects"
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be said again")
    parser.add_argument("--output", type=Path, default=FILE, metavar="FILE", help="where the figures go")
    asked = parser.parse_args(words)
    if asked.memory[0] >= asked.memory[1]:
        parser.error("--memory takes fewer objects, then more")
    return asked


def bench(asked: argparse.Namespace) -> None:
    """Do what was asked; raises SocleError with the reason."""
    if not asked.output.parent.is_dir():
        raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
    parts, load = asked.only or PARTS, round(os.getloadavg()[0], 2)
    lines: list[Line] = []
    with standing() as ends:
        if "small" in parts:
            lines += measure.beside_rclone(ends, "small", asked.small, asked.small_kib * 1024, asked)
        if "large" in parts:
            lines += measure.beside_rclone(ends, "large", asked.large, asked.large_mib * MIB, asked)
        if "memory" in parts:
            lines += measure.memory(ends, asked.memory[0], asked.memory[1], asked)
        if "workers" in parts:
            lines.append(measure.two_workers(ends, asked.small, asked.small_kib * 1024, asked))
    for line in lines:
        print(line.said(), flush=True)
    peer = f"{version()}, as many transfers and checkers as workers ({asked.workers})"
    write(asked.output, "none", lines, {"rounds": asked.rounds, "load_before": load, "peer": peer})
    print(f"written to {asked.output}; `python docs/measured/tables.py` puts it into the page")


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    return ended("bench.migrate", lambda: bench(asked), "nothing is left of it", longest=300)


if __name__ == "__main__":
    sys.exit(main())
