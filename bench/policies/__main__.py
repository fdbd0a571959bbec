"""`python -m bench.policies`: previews one stack without a pack, with the pack, and with the naive one."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.command import Parser, positive
from bench.policies.figures import LIMIT, WAYS, Compared
from bench.up.record import commit
from socle.errors import ExitCode, SocleError, UserError
from socle.paths import ROOT
from tests.policies.engine import Engine

HERE = Path(__file__).parent
FILE = ROOT / "docs" / "measured" / "bench-policies.json"
PART = 14
"""Resources that a host of the program brings."""
PACKS = {"without": (), "pack": (str(ROOT / "policies"),), "naive": (str(HERE / "naive"),)}
CONFIG = {"PACK-01": {"regions": ["here"]}}
EXAMPLES = f"""\
examples:
  python -m bench.policies --resources 100 --rounds 1 --output /tmp/bench-policies.json    try it
  python -m bench.policies                       2,000 resources, five rounds; writes {FILE.relative_to(ROOT)}

exit codes: 0 measured, 1 a tool failed, 2 bad usage, 3 the pack costs more than {LIMIT} times no pack
"""


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = Parser(
        prog="python -m bench.policies",
        description="What the policy pack costs a preview. Needs no cloud: a preview asks none.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--resources", type=positive, default=2000, metavar="N", help="at least (default 2000)"
    )
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="of each way (default 5)")
    parser.add_argument("--output", type=Path, default=FILE, metavar="FILE", help="where the figures go")
    return parser.parse_args(words)


def chain() -> Path:
    """The folder of `pulumi`; UserError when the tool chain was not built."""
    asked = [sys.executable, str(ROOT / "toolchain/build.py"), "--json"]
    said = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    if not said["stands"]:
        raise UserError("the tool chain is not built", "toolchain/", "run `make deps`")
    return Path(said["bin"])


def measured(hosts: int, rounds: int, folder: Path) -> Compared:
    """Every way once a round, in an order that turns, after one preview that counts for nothing."""
    engine = Engine(folder, chain())
    engine.begin(HERE / "program", "bench")
    config = folder / "policies.json"
    config.write_text(json.dumps(CONFIG))
    samples: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(-1, rounds):
        turn = number % len(WAYS)
        for way in WAYS[turn:] + WAYS[:turn]:
            packs = [word for pack in PACKS[way] for word in _words(pack, config)]
            begun = time.monotonic()
            engine.pulumi("preview", *packs, SOCLE_BENCH_HOSTS=str(hosts))
            spent = time.monotonic() - begun
            if number >= 0:
                samples[way].append(spent)
                print(f"round {number + 1}, {way}: {spent:.2f} s", flush=True)
    return Compared.of(samples)


def _words(pack: str, config: Path) -> tuple[str, ...]:
    return ("--policy-pack", pack, "--policy-pack-config", str(config))


def bench(asked: argparse.Namespace) -> int:
    """Do what was asked; the exit code. Raises UserError with the reason."""
    if not asked.output.parent.is_dir():
        raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
    hosts, load = -(-asked.resources // PART), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="socle-bench-") as folder:
        found = measured(hosts, asked.rounds, Path(folder) / "project")
    kept = {
        "commit": commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores",
        "resources": hosts * PART,
        "rounds": asked.rounds,
        "load_before": round(load, 2),
        "rows": [found.row()],
    }
    asked.output.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    for way in WAYS:
        at: float = getattr(found, way).median
        print(f"{way}: {at:.2f} s, {found.ratio(way):.2f} times no pack")
    print(f"{hosts * PART} resources; written to {asked.output}")
    return ExitCode.FINDINGS if found.ratio("pack") > LIMIT else ExitCode.HOLDS


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    try:
        return bench(asked)
    except SocleError as error:
        print(f"bench.policies: {error}", file=sys.stderr)
        return error.exit_code
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        if os.environ.get("SOCLE_DEBUG") == "1":
            raise
        said = " ".join(str(error).split())[-300:]
        print(f"bench.policies: pulumi failed: {said}; set SOCLE_DEBUG=1 for all of it", file=sys.stderr)
        return ExitCode.OWN_FAILURE


if __name__ == "__main__":
    sys.exit(main())
