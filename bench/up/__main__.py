"""`python -m bench.up`: reads the command line, prepares the ground, runs the rounds, always cleans up."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.command import Parser, ended, first_look, positive, standing
from bench.up import record
from bench.up.cloud import listed
from bench.up.facts import BASE, ENVIRONMENT
from bench.up.figures import Part, compared
from bench.up.ground import lay
from bench.up.peer import obtain
from bench.up.rounds import Rounds
from bench.up.sweep import sweep
from bench.up.tools import Tool, pulumi, said, tofu
from infra.leftovers.cloud import patient
from socle.errors import SocleError, UserError
from socle.hosts.servers import connect
from socle.local.progress import Reporter, reporter
from socle.local.run import signals_as_interrupt
from socle.local.turns import only_one

DESCRIPTION = f"""\
`pulumi up` of the platform beside OpenTofu, on an embedded cloud that stands.

Both make the resources of {BASE}, under the name `{ENVIRONMENT}` and in a network of its own, with the same
provider code and the same parallelism; the program is infra/, the HCL is bench/up/platform/. Nothing of the
standing platform is touched. OpenTofu is compiled on the first run, which takes minutes.
"""
EXAMPLES = """\
examples:
  python -m bench.up --cloud local                  five rounds; writes docs/measured/bench-up.json
  python -m bench.up --cloud test --rounds 1 --output /tmp/bench-up.json
  python -m bench.up --cloud local --clean          remove what a killed run left in the cloud

exit codes: 0 measured, 1 a tool failed or the two did not make the same, 2 bad usage or no such cloud
"""
# OpenTofu's default; Pulumi's is four for each processor.
PARALLEL = 10
INTERRUPTED = "what it could not remove is named above, run the same command again"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = Parser(
        prog="python -m bench.up",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cloud", required=True, metavar="NAME", help="name of the embedded cloud")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="how often (default 5)")
    parser.add_argument(
        "--parallel",
        type=positive,
        default=PARALLEL,
        metavar="N",
        help=f"operations that each tool may have under way at once (default {PARALLEL})",
    )
    parser.add_argument(
        "--settle",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="pause after each `up` while emulated guests boot and take the processors (default 60)",
    )
    parser.add_argument(
        "--output", type=Path, default=record.FILE, metavar="FILE", help="where the figures go"
    )
    parser.add_argument(
        "--clean", action="store_true", help=f"only remove what carries the name {ENVIRONMENT}-…"
    )
    return parser.parse_args(words)


def bench(asked: argparse.Namespace) -> None:
    """Do what was asked; raises SocleError or FactError with the reason."""
    if not asked.output.parent.is_dir():
        raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
    environment = standing(asked.cloud)
    cloud, report = patient(connect(environment)), reporter()
    with only_one(environment.folder / "run.lock"), signals_as_interrupt():
        if asked.clean:
            sweep(cloud, ENVIRONMENT, print)
            return
        look = partial(listed, cloud, ENVIRONMENT)
        if there := first_look(look, asked.cloud):
            fix = f"if a killed run left it: `python -m bench.up --cloud {asked.cloud} --clean`"
            raise UserError(f"the cloud has {there[0]} already", "cloud", fix)
        load, peer = os.getloadavg()[0], obtain()
        with tempfile.TemporaryDirectory(prefix="socle-bench-") as folder:
            tools: list[Tool] = []
            try:
                ground = lay(environment, Path(folder), peer)
                tools = [pulumi(ground, asked.parallel, report), tofu(ground, asked.parallel, peer)]
                for tool in tools:
                    print(f"warming up {tool.name} {tool.version}", flush=True)
                    tool.warm_up(report.line)
                rounds = Rounds({tool.name: tool for tool in tools}, look, report, asked.settle)
                rounds.run(asked.rounds)
            except BaseException:
                clean_up(tools, cloud, report)
                raise
    lines = compared(rounds.samples)
    conditions = {
        "rounds": asked.rounds,
        "parallel": asked.parallel,
        "settle_seconds": asked.settle,
        "load_before": round(load, 2),
        "versions": {tool.name: tool.version for tool in tools} | {"provider": peer.provider_version},
        "resources": dict(sorted(rounds.states["pulumi"].items())),
        "commands": {tool.name: {part.name.lower(): said(tool, part) for part in Part} for tool in tools},
    }
    record.show(lines)
    record.write(asked.output, asked.cloud, lines, conditions)
    print(f"written to {asked.output}; `python docs/measured/tables.py` puts it into README.md")


def clean_up(tools: Sequence[Tool], cloud: object, report: Reporter) -> None:
    """Remove what a run that did not end well has made; told, and never hides why it did not end well."""
    print("cleaning up: each tool destroys what it knows, then whatever is left by name", flush=True)
    for tool in tools:
        try:
            if tool.state():
                tool.run(Part.DESTROY, report.line)
        except SocleError as error:
            print(f"{tool.name} could not: {error}", file=sys.stderr)
    try:
        sweep(cloud, ENVIRONMENT, print)
    except Exception as error:
        print(f"bench.up: not all was removed: {error}; run again with --clean", file=sys.stderr)


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    return ended("bench.up", lambda: bench(asked), INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
