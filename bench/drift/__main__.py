"""`python -m bench.drift`: reads the command line, makes what is read, measures in turns, keeps figures."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.beside import write
from bench.command import Parser, ended, first_look, positive, standing
from bench.drift.facts import ENVIRONMENT, FEW, LIMITS, MANY, STACK, units
from bench.drift.figures import Sample, lines
from bench.drift.ground import PARALLEL, Ground, adopt, destroy, lay, place, raise_to, tell
from bench.drift.sides import delayed, order, read, sides
from bench.spaces.ground import lift_limits, operator, restore_limits
from bench.up.peer import Peer, obtain
from bench.up.record import commit
from bench.up.sweep import sweep
from infra.leftovers.cloud import patient
from socle.env import Environment
from socle.errors import ExitCode, SocleError, UserError
from socle.hosts.servers import connect
from socle.local.progress import Reporter, reporter
from socle.local.run import signals_as_interrupt
from socle.local.turns import only_one
from socle.paths import ROOT
from tests.faults.clouds import before, write_copy
from tests.faults.proxy import running

FILE = ROOT / "docs" / "measured" / "bench-drift.json"
DELAY = 30
"""Milliseconds: a provider at a distance."""
DESCRIPTION = f"""\
A full scan of the cloud beside `pulumi refresh --preview-only` and OpenTofu's plan, on a cloud that stands.

Makes {MANY} real resources under the name `{ENVIRONMENT}-…`, {FEW} of them first, and has each side read
them in turns, through a local proxy that counts requests, with and without {DELAY} ms added to each. Making
{MANY} takes long; interrupted, the same command goes on. They stay until --clean. The standing platform is
not touched.
"""
EXAMPLES = """\
examples:
  python -m bench.drift --cloud test --resources 20 50 --rounds 1 --output /tmp/bench-drift.json    try it
  python -m bench.drift --cloud local               500, then 1,500; writes docs/measured/bench-drift.json
  python -m bench.drift --cloud local --clean       remove them all, by state and by name

exit codes: 0 measured or cleaned, 1 a tool failed, 2 bad usage or no such cloud, 3 an aim is missed
"""


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = Parser(
        prog="python -m bench.drift",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cloud", required=True, metavar="NAME", help="name of the embedded cloud")
    parser.add_argument(
        "--resources",
        type=whole_units,
        nargs="+",
        default=[FEW, MANY],
        metavar="N",
        help=f"how many are read, fewest first (default {FEW} {MANY})",
    )
    parser.add_argument(
        "--rounds", type=positive, default=3, metavar="N", help="readings by each (default 3)"
    )
    parser.add_argument("--output", type=Path, default=FILE, metavar="FILE", help="where the figures go")
    parser.add_argument("--clean", action="store_true", help="only remove what the bench made")
    asked = parser.parse_args(words)
    if sorted(set(asked.resources)) != asked.resources:
        parser.error("--resources: say each number once, the smallest first")
    return asked


def whole_units(text: str) -> int:
    """A number of resources; ArgumentTypeError when units do not make it."""
    number = positive(text)
    try:
        units(number)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return number


def bench(asked: argparse.Namespace) -> int:
    """Do what was asked; raises SocleError or FactError with the reason."""
    if not asked.output.parent.is_dir():
        raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
    environment = standing(asked.cloud)
    cloud, report = patient(connect(environment)), reporter()
    with only_one(environment.folder / "run.lock"), signals_as_interrupt():
        first_look(lambda: list(cloud.network.networks(limit=1)), asked.cloud)
        if asked.clean:
            clean(environment, cloud, report)
            return ExitCode.HOLDS
        load, peer, ground = os.getloadavg()[0], obtain(), lay(environment)
        lift_limits(ground.environment.folder, operator(environment), cloud.current_project_id, print, LIMITS)
        samples: list[Sample] = []
        for resources in asked.resources:
            samples += of_size(ground, peer, resources, asked.rounds, report)
    found = lines(samples)
    for line in found:
        print(line.said())
    conditions = {
        "rounds": asked.rounds,
        "parallel": PARALLEL,
        "delay_ms": DELAY,
        "resources": asked.resources,
        "load_before": round(load, 2),
        "peer": "`pulumi refresh --preview-only` and `tofu plan` of the same resources, by one proxy",
        "versions": {"tofu": peer.tofu_version, "provider": peer.provider_version},
    }
    write(asked.output, asked.cloud, found, conditions)
    print(f"written to {asked.output}; `python docs/measured/tables.py` puts it into README.md")
    return ExitCode.FINDINGS if any(line.ratio > line.aim for line in found) else ExitCode.HOLDS


def of_size(ground: Ground, peer: Peer, resources: int, rounds: int, report: Reporter) -> list[Sample]:
    """Make so many and measure; what an earlier run of this commit measured is not measured again."""
    kept = ground.environment.folder / f"samples-{resources}-{rounds}-{commit()}.json"
    if kept.exists():
        print(f"{resources} resources: measured by an earlier run")
        return [Sample(**one) for one in json.loads(kept.read_text(encoding="utf-8"))]
    report.start(1, 2, f"{resources} resources are made", "they are read")
    began, outcome = time.monotonic(), "failed"
    try:
        raise_to(ground, resources, report)
        adopt(ground, peer)
        outcome = "done"
    finally:
        report.done(time.monotonic() - began, outcome)
    found = measured(ground, peer, resources, rounds, report)
    kept.write_text(json.dumps([asdict(one) for one in found]), encoding="utf-8")
    return found


def measured(ground: Ground, peer: Peer, resources: int, rounds: int, report: Reporter) -> list[Sample]:
    """All sides in turns, with and without the delay; a first reading of each counts for nothing."""
    clouds = Path(ground.environment.variables["OS_CLIENT_CONFIG_FILE"])
    upstream, found = before(clouds, "platform"), list[Sample]()
    for delay in (0, DELAY):
        with tempfile.TemporaryDirectory(prefix="socle-bench-") as name:
            folder, faults = Path(name), delayed(delay)
            with running(upstream, faults, folder) as proxy:
                copy = write_copy(clouds, folder / "clouds.yaml", proxy)
                called = sides(ground, tell(ground, resources, copy), peer.tofu, copy)
                for number in range(-1 if delay == 0 else 0, rounds):
                    for side in order(number):
                        log = ground.logs / f"bench-drift-{side}.log"
                        one = read(called[side], faults, resources, delay, log)
                        said = f"{one.seconds:.1f} s, {one.requests} requests, {one.memory:.0f} MiB"
                        report.note(f"{side}, {resources} resources, {delay} ms: {said}")
                        found += [one] if number >= 0 else []
    return found


def clean(environment: Environment, cloud: object, report: Reporter) -> None:
    """By the state, several at once; what that leaves, by name; then quotas and the folder."""
    folder = place(environment)
    if (folder / "backend" / ".pulumi" / "stacks").exists():
        try:
            destroy(lay(environment), report)
        except SocleError as error:
            print(f"{STACK} not by its state: {error}; by name now", file=sys.stderr)
    sweep(cloud, ENVIRONMENT, print)
    project = str(getattr(cloud, "current_project_id", ""))
    restore_limits(folder, operator(environment), project, print)
    shutil.rmtree(folder, ignore_errors=True)


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    return ended("bench.drift", lambda: bench(asked), "the same command goes on, --clean removes all")


if __name__ == "__main__":
    sys.exit(main())
