"""Breaks controls on live hosts by the catalogue's mutations, and tells whether exactly their checks notice.

python -m tests.hosts.mutate [--all] [--count N] [--seed N] [--host NAME] [--only ID,ID]
Exit codes: 0 each break was seen by its own check alone, 2 usage, 3 a check slept or another woke, 4 not
readable or not green before.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from socle.errors import UserError
from tests.hosts.catalogue import Control, controls, not_here
from tests.hosts.checks import Host
from tests.hosts.inventory import InventoryError, hosts
from tests.hosts.judge import failing
from tests.hosts.remote import collect, root_shell


@dataclass(frozen=True)
class Trial:
    """What one round on one host showed; `left` is what still fails after the rollback."""

    host: str
    broken: tuple[str, ...]
    noticed: dict[str, str]
    left: dict[str, str]

    @property
    def exact(self) -> bool:
        """True when the failing checks are the broken controls, and none fails afterwards."""
        return set(self.noticed) == set(self.broken) and not self.left

    def said(self) -> str:
        """One line: what was expected and what differed."""
        slept = sorted(set(self.broken) - set(self.noticed))
        woke = [f"{c} ({self.noticed[c][:120]})" for c in sorted(set(self.noticed) - set(self.broken))]
        left = [f"{c} ({said[:120]})" for c, said in sorted(self.left.items())]
        parts = [("not noticed", slept), ("also failing", woke), ("failing after rollback", left)]
        wrong = "; ".join(f"{name}: {', '.join(items)}" for name, items in parts if items)
        return f"{self.host}: {', '.join(self.broken)}: {wrong or 'noticed exactly, green after rollback'}"


def applicable(host: Host) -> list[Control]:
    """Controls that hold on this host, so that they can be broken."""
    return [c for c in controls() if not not_here(c, host)]


def draw(candidates: Iterable[Control], count: int, seed: int) -> tuple[Control, ...]:
    """`count` controls of different mechanisms; the same seed draws the same ones."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    families: dict[str, list[Control]] = defaultdict(list)
    for control in candidates:
        families[control.mechanism].append(control)
    return tuple(chance.choice(families[name]) for name in chance.sample(sorted(families), count))


def rounds(candidates: Iterable[Control]) -> list[tuple[Control, ...]]:
    """All controls in as few rounds as go, no two of one mechanism in a round: they could touch one file."""
    families: dict[str, list[Control]] = defaultdict(list)
    for control in candidates:
        families[control.mechanism].append(control)
    longest = max(map(len, families.values()), default=0)
    return [tuple(f[i] for f in families.values() if i < len(f)) for i in range(longest)]


def trial(host: Host, broken: Sequence[Control]) -> Trial:
    """Break, check all, roll back, check all again. The rollback runs even when a break or a check fails."""
    try:
        for control in broken:
            root_shell(host, control.mutation)
        noticed = failing(host, collect(host))
    finally:
        problems = {}
        for control in reversed(broken):
            try:
                root_shell(host, control.rollback)
            except (OSError, RuntimeError) as error:
                problems[control.id] = str(error)
    return Trial(host.name, tuple(c.id for c in broken), noticed, problems | failing(host, collect(host)))


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    described = (__doc__ or "").split("\n", 1)[0]
    parser = argparse.ArgumentParser(prog="python -m tests.hosts.mutate", description=described)
    parser.add_argument("--all", action="store_true", help="every control, in rounds of different mechanisms")
    parser.add_argument("--count", type=int, default=3, help="how many to draw (3)")
    parser.add_argument("--seed", type=int, default=None, help="replay a draw")
    parser.add_argument("--host", help="this host alone")
    parser.add_argument("--only", help="these controls, one a round")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run the rounds asked for and print one line each."""
    asked = _arguments(words)
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(2**31)
    try:
        known = {c.id for c in controls()}
        chosen = [h for h in hosts() if asked.host in (None, h.name)]
    except InventoryError as error:
        print(error, file=sys.stderr)
        return 4
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    wanted = asked.only.split(",") if asked.only else []
    if not chosen or set(wanted) - known:
        print(f"no such host or control: {asked.host or ''} {sorted(set(wanted) - known)}", file=sys.stderr)
        return 2
    idle = sorted(set(wanted) - {c.id for host in chosen for c in applicable(host)})
    if idle:
        print(f"{', '.join(idle)}: holds on none of these hosts (condition or level)", file=sys.stderr)
        return 2
    print(f"seed {seed}")
    exact = True
    for host in chosen:
        candidates = applicable(host)
        before = failing(host, collect(host))
        if before:
            print(f"{host.name}: not green before any break: {before}", file=sys.stderr)
            return 4
        planned: list[tuple[Control, ...]]
        if wanted:
            planned = [(c,) for c in candidates if c.id in wanted]
        else:
            planned = rounds(candidates) if asked.all else [draw(candidates, asked.count, seed)]
        for broken in planned:
            began = time.monotonic()
            result = trial(host, broken)
            exact &= result.exact
            print(f"{result.said()} ({time.monotonic() - began:.0f} s)", flush=True)
    return 0 if exact else 3


if __name__ == "__main__":
    sys.exit(main())
