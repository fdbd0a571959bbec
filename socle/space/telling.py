"""Telling the platform's hosts of spaces, by several runs at once: in turn, and once for all that wait.

Whoever waits while others are told needs no converge of its own when one that began after its own change was
written ended well: that one read the change. Only numbers are compared, no clocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from socle.identity import make_folder, write_private
from socle.local.run import Context
from socle.local.steps import check_hosts, converge
from socle.local.turns import turn

FAMILIES = ("firewall", "gateway", "resolver")
"""What such a host has of a space, besides the bastion's list of places, which every converge renews."""
LOCK = "the platform's hosts"


@dataclass(frozen=True)
class Told:
    """Converges that told the platform's hosts, by number: the last that began, the last that ended well.

    `hosts`: those of the one that ended well.
    """

    begun: int = 0
    done: int = 0
    hosts: tuple[str, ...] = ()

    def covers(self, since: int, hosts: Sequence[str]) -> bool:
        """Whether a converge of these hosts that began after number `since` has ended well."""
        return self.done > since and set(hosts) <= set(self.hosts)


def tell(context: Context, only: Sequence[str]) -> None:
    """Converge the platform's hosts `only`, or let the converge of somebody else have done it."""
    file = make_folder(context.environment.folder / "locks") / "told.json"
    since = _read(file).begun
    with _hosts(context, shared=False):
        before = _read(file)
        if before.covers(since, only):
            context.say("they were told of this space too, by the run that was waited for")
            return
        number = before.begun + 1
        _write(file, Told(number, before.done, before.hosts))
        converge(context, only=only, families=FAMILIES)
        _write(file, Told(number, number, tuple(only)))


def harden(context: Context, only: Sequence[str]) -> None:
    """Converge a space's own hosts: several spaces' beside each other, none while their bastion changes."""
    with _hosts(context, shared=True):
        converge(context, only=only)


def check(context: Context, only: Sequence[str]) -> None:
    """Check hosts, while nobody changes the platform's."""
    with _hosts(context, shared=True):
        check_hosts(context, only=only)


@contextmanager
def _hosts(context: Context, *, shared: bool) -> Iterator[None]:
    lock = make_folder(context.environment.folder / "locks") / "hosts.lock"
    with turn(lock, LOCK, context.say, shared=shared):
        yield


def _read(file: Path) -> Told:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return Told(said["begun"], said["done"], tuple(said["hosts"]))
    except FileNotFoundError:
        return Told()
    except (ValueError, KeyError, TypeError):
        # It only spares work: without it, everybody tells.
        file.unlink(missing_ok=True)
        return Told()


def _write(file: Path, told: Told) -> None:
    write_private(file, json.dumps(asdict(told)).encode())
