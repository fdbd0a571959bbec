"""`python -m bench.rivals`: three tools on the same sixty misconfigurations and their clean twins."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.command import Parser, ended, standing
from bench.rivals import checkov, pack, prowler, record
from bench.rivals.findings import Scan, caught
from bench.rivals.live import project, shown
from bench.rivals.seeds import load
from bench.up.record import machine
from socle.env import Environment
from socle.errors import UserError
from socle.local.turns import only_one
from socle.paths import DEFAULT_CLOUD

DESCRIPTION = """\
What Checkov, Prowler and this project's policies find in the same sixty misconfigurations of OpenStack.

Each has a clean twin: what a tool says of both is no find. The policies judge a plan by the real engine and
provider, Checkov reads HCL; both need no cloud. Prowler scans a cloud that stands, where everything is made
in a project of its own and removed again. The tools are installed on the first run, each from its own lock.
"""
EXAMPLES = f"""\
examples:
  python -m bench.rivals                            policies and Checkov; writes {record.FILE.name}
  python -m bench.rivals --only pack --output /tmp/rivals.json
  python -m bench.rivals --only prowler --cloud local     half an hour; the others' figures stay
  python -m bench.rivals --clean --cloud local            remove what a killed run left in the cloud

exit codes: 0 measured or cleaned, 1 a tool or the cloud failed, 2 bad usage, no cloud or a foreign project
"""


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = Parser(
        prog="python -m bench.rivals",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", metavar="TOOLS", help=f"of {','.join(record.TOOLS)}; default: the first two"
    )
    parser.add_argument("--cloud", metavar="NAME", help="name of the embedded cloud that Prowler scans")
    parser.add_argument(
        "--output", type=Path, default=record.FILE, metavar="FILE", help="where the figures go"
    )
    parser.add_argument("--clean", action="store_true", help=f"only remove the project {project.NAME}")
    asked = parser.parse_args(words)
    asked.tools = tuple((asked.only or "pack,checkov").split(","))
    if strange := [one for one in asked.tools if one not in record.TOOLS]:
        parser.error(f"--only {strange[0]}: there is no such tool, of {', '.join(record.TOOLS)}")
    if ("prowler" in asked.tools or asked.clean) and not asked.cloud:
        parser.error(f"name the cloud, as in --cloud {DEFAULT_CLOUD}")
    return asked


def bench(asked: argparse.Namespace) -> None:
    """Do what was asked; raises SocleError or FactError with the reason."""
    if asked.clean:
        here = standing(asked.cloud)
        with only_one(here.folder / "run.lock"):
            clean(here)
        return
    if not asked.output.parent.is_dir():
        raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
    before, seeds = record.earlier(asked.output), load()
    scans: dict[str, Scan] = {}
    for tool in asked.tools:
        begun = time.monotonic()
        print(f"{tool}: starts", flush=True)
        scans[tool] = scanned(tool, asked.cloud)
        found = sum(1 for seed in seeds if caught(seed, scans[tool].findings))
        print(f"{tool}: {found} of {len(seeds)} found, {time.monotonic() - begun:.0f} s", flush=True)
    record.write(asked.output, record.document(seeds, scans, before, machine(asked.cloud or DEFAULT_CLOUD)))
    print(f"written to {asked.output}; `python docs/measured/tables.py` puts it into the pages")


def scanned(tool: str, cloud: str | None) -> Scan:
    """What one tool says of everything."""
    if tool == "pack":
        return pack.scan()
    if tool == "checkov":
        return checkov.scan()
    here = standing(str(cloud))
    with only_one(here.folder / "run.lock"):
        return prowler.scan(here, _told)


def clean(here: Environment) -> None:
    """Remove what a killed run left; nothing to do when the project is not there."""
    if project.find(here) is None:
        print(f"there is no project {project.NAME}")
        return
    home = project.make(here, _told)
    shown.remove(home.cloud, home.project, _told)
    project.remove(here, home.project, _told)


def _told(line: str) -> None:
    print(line, flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    return ended("bench.rivals", lambda: bench(asked), "--clean removes what is in a cloud", longest=300)


if __name__ == "__main__":
    sys.exit(main())
