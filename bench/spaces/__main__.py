"""`python -m bench.spaces`: reads the command line, makes the spaces, measures with few and with many."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from bench.command import Parser, ended, first_look, positive, standing
from bench.spaces import fleet, record
from bench.spaces.clean import clean
from bench.spaces.facts import ENVIRONMENT, FEW, MOST, NETWORK, numbers, stack_of, write_table
from bench.spaces.figures import LIMIT, OPENING, scaled
from bench.spaces.ground import Ground, lay, lift_limits, operator, place
from bench.spaces.record import Half
from bench.spaces.rounds import COMMANDS, Rounds, state_sizes
from bench.up.record import commit
from infra.leftovers.cloud import patient
from infra.specification import load
from socle.env import Environment
from socle.errors import ExitCode, UserError
from socle.hosts.servers import connect
from socle.local.progress import Reporter, reporter
from socle.local.run import signals_as_interrupt
from socle.local.turns import only_one
from tests.faults.clouds import before, write_copy
from tests.faults.proxy import running
from tests.faults.rules import Faults

SPACES = 233
DESCRIPTION = f"""\
What opening one more project space costs when {FEW} exist and when {SPACES} do, on a cloud that stands.

Each is real: a stack, Keystone project and user, networks, router, security groups, containers; servers
are left out. They stand on a platform of their own, environment `{ENVIRONMENT}` in {NETWORK}: nothing of
the standing one is touched. Making {SPACES} takes long; interrupted, the same command goes on. They stay
until --clean.
"""
EXAMPLES = """\
examples:
  python -m bench.spaces --cloud test --spaces 5 --rounds 1 --output /tmp/bench-spaces.json   try it
  python -m bench.spaces --cloud local              233 spaces; writes docs/measured/bench-spaces.json
  python -m bench.spaces --cloud local --clean      remove them all, by name; also after a failure

exit codes: 0 measured or cleaned, 1 a tool failed, 2 bad usage or no such cloud, 3 a ratio is above 1.1
"""


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = Parser(
        prog="python -m bench.spaces",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cloud", required=True, metavar="NAME", help="name of the embedded cloud")
    parser.add_argument(
        "--spaces", type=positive, default=SPACES, metavar="N", help=f"how many are many (default {SPACES})"
    )
    parser.add_argument(
        "--rounds", type=positive, default=5, metavar="N", help="openings with each (default 5)"
    )
    parser.add_argument(
        "--parallel",
        type=positive,
        default=os.cpu_count() or 2,
        metavar="N",
        help="spaces that are made or previewed at once (default: one a processor)",
    )
    parser.add_argument(
        "--output", type=Path, default=record.FILE, metavar="FILE", help="where the figures go"
    )
    parser.add_argument(
        "--clean", action="store_true", help=f"only remove what carries the name {ENVIRONMENT}-…"
    )
    asked = parser.parse_args(words)
    if not FEW < asked.spaces <= MOST:
        parser.error(f"--spaces {asked.spaces}: many are from {FEW + 1} to {MOST}")
    return asked


def bench(asked: argparse.Namespace) -> int:
    """Do what was asked; the exit code. Raises SocleError or FactError with the reason."""
    if not asked.output.parent.is_dir():
        raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
    here = standing(asked.cloud)
    cloud, admin, report = patient(connect(here)), operator(here), reporter()
    first_look(lambda: [cloud.current_project_id], asked.cloud)
    with only_one(here.folder / "run.lock"), signals_as_interrupt():
        if asked.clean:
            entry = load("local-platform").profile.project_manager
            manager = connect(replace(here, variables={**here.variables, "OS_CLOUD": str(entry)}))
            clean(here, cloud, manager, admin, print)
            return ExitCode.HOLDS
        ground, load_before = lay(here), os.getloadavg()[0]
        lift_limits(place(here), admin, cloud.current_project_id, print)
        few, many = measured(asked, ground, here, cloud, report)
    lines = [*scaled(few.samples, many.samples), *record.rest(few, many)]
    conditions = {
        "spaces": {"few": few.spaces, "many": many.spaces},
        "commit_with_few": few.commit,
        "rounds": asked.rounds,
        "parallel": asked.parallel,
        "load_before": round(load_before, 2),
        "left out": "servers and their volumes, bases, credentials, converges",
        "commands": {part.name.lower(): " ".join(words) for part, words in COMMANDS.items()},
    }
    record.show(few.spaces, many.spaces, lines)
    record.write(asked.output, asked.cloud, lines, conditions)
    print(f"written to {asked.output}; `python docs/measured/tables.py` puts it into README.md")
    print(f"the spaces stand until `python -m bench.spaces --cloud {asked.cloud} --clean`")
    over = [line for line in lines[: 1 + len(OPENING)] if line.ratio is not None and line.ratio > LIMIT]
    for line in over:
        print(f"{line.what}: {line.ratio:.2f} times as much, more than {LIMIT}", file=sys.stderr)
    return ExitCode.FINDINGS if over else ExitCode.HOLDS


def measured(
    asked: argparse.Namespace, ground: Ground, here: Environment, cloud: Any, report: Reporter
) -> tuple[Half, Half]:
    """Both halves; the first from an earlier run where there is one."""
    file = place(here) / "few.json"
    retired = load("local-platform").zones.spaces.retired
    all_numbers = numbers(asked.spaces + 1, retired)
    few = Half.kept(file)
    if few is None and len([*ground.finished.glob(f"{ENVIRONMENT}-space-*")]) > FEW:
        fix = f"`python -m bench.spaces --cloud {asked.cloud} --clean`"
        raise UserError("many spaces stand, and nothing was measured with few", str(file), fix)
    fleet.platform(ground, cloud, report)
    made = fleet.Fleet(ground, asked.parallel, print, fleet.bring)
    clouds = Path(here.variables["OS_CLIENT_CONFIG_FILE"])
    counter = Faults((), seed=0)
    with (
        tempfile.TemporaryDirectory(prefix="socle-bench-") as folder,
        running(before(clouds, "platform"), counter, Path(folder)) as proxy,
    ):
        behind = write_copy(clouds, Path(folder) / "clouds.yaml", proxy)
        rounds = Rounds(ground, behind, lambda: counter.asked, report)
        half = partial(_half, made, rounds, asked)
        if few is None:
            few = half(all_numbers[:FEW], all_numbers[asked.spaces])
            few.keep(file)
        else:
            print(f"with {few.spaces} spaces: measured by an earlier run, at commit {few.commit}")
        return few, half(all_numbers[: asked.spaces], all_numbers[asked.spaces])


def _half(
    made: fleet.Fleet, rounds: Rounds, asked: argparse.Namespace, exist: Sequence[int], more: int
) -> Half:
    stacks = [stack_of(number) for number in exist]
    for number in exist:
        write_table(made.ground.project, number, date.today())
    made.raise_to(stacks)
    samples = rounds.run(more, asked.rounds, len(stacks))
    whole = rounds.preview_all(stacks, asked.parallel)
    return Half(len(stacks), samples, whole, state_sizes(made.ground, stacks), commit())


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    again = "the same command goes on; --clean removes what there is"
    return ended("bench.spaces", lambda: bench(asked), again, again=again)


if __name__ == "__main__":
    sys.exit(main())
