"""`python -m bench.check`: checks each host of an environment both ways, in turns; keeps the figures."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.beside import Line, write
from bench.check.sides import ours, peers, same, sections
from socle.env import describe, prepare
from socle.errors import ExitCode, SocleError, UserError
from socle.paths import ROOT
from tests.hosts.checks import Host
from tests.hosts.inventory import InventoryError, hosts
from tests.hosts.remote import collect

FILE = ROOT / "docs" / "measured" / "bench-check.json"
AIM = 0.1
EXAMPLES = """\
examples:
  make up && python -m bench.check --cloud local    three rounds on every host
  python -m bench.check --cloud test --host test-bastion --rounds 1 --output /tmp/check.json

exit codes: 0 measured, 1 the two ways did not agree, 2 bad usage or no such host
"""


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.check",
        description="Checking a host in one round trip, beside one SSH round trip for each control.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cloud", required=True, metavar="NAME", help="an environment that stands")
    parser.add_argument("--host", metavar="NAME", help="this host alone")
    parser.add_argument("--rounds", type=int, choices=range(1, 100), default=3, metavar="N", help="(3)")
    parser.add_argument("--output", type=Path, default=FILE, metavar="FILE", help="where the figures go")
    return parser.parse_args(words)


def chosen(name: str | None) -> list[Host]:
    """The hosts to measure; UserError when there is none."""
    try:
        found = [host for host in hosts() if name in (None, host.name)]
    except InventoryError as error:
        raise UserError(str(error), "inventory", "run `make up` first") from None
    if not found:
        raise UserError("no such host", str(name), "see `socle hosts list`")
    return found


def measure(host: Host, rounds: int) -> Line:
    """Both ways, who is first changing with each round. FailureError when they disagree."""
    reads = sections(host, collect(host))  # opens the connection as well, which neither side pays for
    taken: dict[str, list[float]] = {"ours": [], "peer": []}
    for number in range(rounds):
        verdicts = {}
        for side in ("ours", "peer") if number % 2 == 0 else ("peer", "ours"):
            began = time.monotonic()
            verdicts[side] = ours(host, collect) if side == "ours" else peers(host, collect, reads)
            taken[side].append(time.monotonic() - began)
        same(host, verdicts["ours"], verdicts["peer"])
    what = f"{host.name}: {len(reads)} controls"
    return Line(what, tuple(taken["ours"]), tuple(taken["peer"]), AIM)


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    try:
        if not asked.output.parent.is_dir():
            raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
        if not describe(asked.cloud).folder.exists():
            raise UserError("no such environment", asked.cloud, f"start it: `make up CLOUD={asked.cloud}`")
        os.environ.update(prepare(asked.cloud).for_child())
        load = round(os.getloadavg()[0], 2)
        lines = []
        for host in chosen(asked.host):
            lines.append(measure(host, asked.rounds))
            print(lines[-1].said(), flush=True)
        peer = "one SSH round trip for each control, the same connection kept open"
        conditions = {"rounds": asked.rounds, "load_before": load, "peer": peer}
        write(asked.output, asked.cloud, lines, conditions)
    except SocleError as error:
        print(f"bench.check: {error}", file=sys.stderr)
        return error.exit_code
    print(f"written to {asked.output}")
    return ExitCode.HOLDS


if __name__ == "__main__":
    sys.exit(main())
