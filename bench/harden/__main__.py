"""`python -m bench.harden`: rebuilds a host for each side, converges it twice, and keeps the figures."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.beside import Line, write
from bench.harden.peer import play, tasks
from socle.controls import Control
from socle.env import describe, prepare
from socle.errors import ExitCode, FailureError, SocleError, UserError
from socle.paths import ROOT
from tests.hosts.catalogue import controls, not_here
from tests.hosts.inventory import InventoryError, hosts

FILE = ROOT / "docs" / "measured" / "bench-harden.json"
FIRST_AIM, SECOND_AIM = 0.5, 0.2
LONGEST = 7200
EXAMPLES = """\
Each side gets the same server, made anew from the image (`openstack server rebuild`): ITS DISK IS EMPTIED.
Name a host that holds nothing, such as a space's workstation. Ours is last, so that the host ends hardened.

examples:
  python -m bench.harden --cloud local --host local-alpha-desk --rebuild
  python -m bench.harden --cloud local --show       the peer's playbook, to read

exit codes: 0 measured, 1 a converge or a rebuild failed, 2 bad usage or no such host
"""
Run = Callable[[list[str]], None]


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.harden",
        description="Hardening a host beside a playbook that does each setting as a task of its own.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cloud", required=True, metavar="NAME", help="an environment that stands")
    parser.add_argument("--host", metavar="NAME", help="the server that both sides get")
    parser.add_argument("--rebuild", action="store_true", help="yes, empty its disk")
    parser.add_argument("--rounds", type=int, choices=range(1, 10), default=1, metavar="N", help="(1)")
    parser.add_argument("--show", action="store_true", help="print the peer's playbook, do nothing else")
    parser.add_argument("--output", type=Path, default=FILE, metavar="FILE", help="where the figures go")
    return parser.parse_args(words)


def held_on(name: str) -> list[Control]:
    """Controls that hold on a host of the inventory; UserError when there is no such host."""
    try:
        found = [host for host in hosts() if host.name == name]
    except InventoryError as error:
        raise UserError(str(error), "inventory", "run `make up` first") from None
    if not found:
        raise UserError("no such host", name, "see `socle hosts list`")
    return [control for control in controls() if not not_here(control, found[0])]


def run(argv: list[str]) -> None:
    """A tool's run with its output on the terminal; FailureError when it fails."""
    done = subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, check=False, timeout=LONGEST)
    if done.returncode:
        raise FailureError(f"ended with {done.returncode}", " ".join(argv[:3]), "see what it printed above")


def renew(host: str, do: Run) -> None:
    """The same server from the image again, and its new host key pinned."""
    do(["openstack", "server", "rebuild", "--wait", host])
    do([".venv/bin/socle", "hosts", "pin", "--forget", host])


def sides(host: str, peer: Path) -> dict[str, list[str]]:
    """The command of each side; ours is last, so that the host ends hardened."""
    # Others of the platform are reached, not changed: --limit takes this host alone.
    plain = ["ansible-playbook", str(peer), "--limit", host]
    return {"peer": plain, "ours": ["ansible-playbook", "playbooks/site.yml", "--limit", host]}


def measure(host: str, peer: Path, rounds: int, do: Run = run) -> list[Line]:
    """A first converge and a second one of each side, on a new server each time."""
    taken: dict[tuple[str, int], list[float]] = {(s, n): [] for s in ("ours", "peer") for n in (1, 2)}
    for _ in range(rounds):
        for side, command in sides(host, peer).items():
            renew(host, do)
            for turn in (1, 2):
                began = time.monotonic()
                do(command)
                taken[side, turn].append(time.monotonic() - began)
    names = {1: ("First converge", FIRST_AIM), 2: ("Second converge, nothing to change", SECOND_AIM)}
    return [
        Line(what, tuple(taken["ours", turn]), tuple(taken["peer", turn]), aim)
        for turn, (what, aim) in names.items()
    ]


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    try:
        if asked.show:
            print(json.dumps(play(list(controls()), "all"), indent=1))
            return ExitCode.HOLDS
        if not asked.host or not asked.rebuild:
            raise UserError("the host's disk is emptied", "--host and --rebuild", "give both, see --help")
        if not asked.output.parent.is_dir():
            raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
        if not describe(asked.cloud).folder.exists():
            raise UserError("no such environment", asked.cloud, f"start it: `make up CLOUD={asked.cloud}`")
        os.environ.update(prepare(asked.cloud).for_child())
        held, load = held_on(asked.host), round(os.getloadavg()[0], 2)
        with tempfile.TemporaryDirectory(prefix="socle-bench-") as folder:
            peer = Path(folder) / "peer.yml"
            peer.write_text(json.dumps(play(held, asked.host)), encoding="utf-8")
            lines = measure(asked.host, peer, asked.rounds)
        said = f"a playbook of {len(tasks(held))} tasks, one a setting of the same catalogue"
        conditions = {"rounds": asked.rounds, "load_before": load, "peer": said, "controls": len(held)}
        for line in lines:
            print(line.said())
        write(asked.output, asked.cloud, lines, conditions)
    except SocleError as error:
        print(f"bench.harden: {error}", file=sys.stderr)
        return error.exit_code
    print(f"written to {asked.output}")
    return ExitCode.HOLDS


if __name__ == "__main__":
    sys.exit(main())
