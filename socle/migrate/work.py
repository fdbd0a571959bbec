"""Many objects at once, at the pace that both ends bear: leases, tries again, results in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from socle.migrate.again import LONGEST_PAUSE, TRIES
from socle.migrate.ends import BusyError, CutError, EndError
from socle.migrate.headers import TooMuchError
from socle.migrate.ledger import LEASE_SECONDS, Item, Ledger
from socle.migrate.pace import Pace

T = TypeVar("T")
_TRIES_CUT = 3


@dataclass(frozen=True)
class Failed:
    """Why an object was not done. `login`: no other will be. `cut`: its body ended too early each time."""

    why: str
    login: bool = False
    cut: bool = False


@dataclass(frozen=True)
class TooMuch:
    """The target cannot take it."""

    why: str


def patiently(
    pace: Pace, do: Callable[[], T], sleep: Callable[[float], None] = time.sleep
) -> T | Failed | TooMuch:
    """Try as often as is worth it; an end that is busy slows everybody down."""
    why, attempt, cuts = "", 0, 0
    while attempt < TRIES and cuts < _TRIES_CUT:
        try:
            with pace.turn():
                done = do()
            pace.went_well()
            return done
        except BusyError as error:
            why, cuts = str(error), cuts + isinstance(error, CutError)
            pause = min(LONGEST_PAUSE, error.pause * 2**attempt)
            pace.slow_down(error.pause)
            attempt += 1
            if attempt < TRIES and cuts < _TRIES_CUT:
                sleep(pause)
        except TooMuchError as error:
            return TooMuch(str(error))
        except EndError as error:
            return Failed(str(error), error.login)
    return Failed(f"{why} ({attempt} times)", cut=cuts == attempt)


def through(
    ledger: Ledger, lease: Callable[[int, int], list[Item]], do: Callable[[Item], T], workers: int
) -> Generator[list[tuple[Item, T]], None, None]:
    """Batches of results of `do` over all that `lease` gives; what is left at the end is given back.

    `lease` is given how many, and beyond which id. `do` runs in `workers` threads, without the ledger.
    """
    under_way: dict[Future[T], Item] = {}
    ledger.free_ended()
    renewed, last = time.monotonic(), 0
    with ThreadPoolExecutor(workers) as pool:
        try:
            more = True
            while more or under_way:
                room = 2 * workers - len(under_way)
                if more and room >= workers:
                    got = lease(room, last)
                    more = bool(got)
                    last = got[-1].id if got else last
                    under_way |= {pool.submit(do, item): item for item in got}
                done, _ = wait(under_way, timeout=LEASE_SECONDS / 4, return_when=FIRST_COMPLETED)
                if done:
                    yield [(under_way.pop(future), future.result()) for future in done]
                if time.monotonic() - renewed > LEASE_SECONDS / 4:
                    ledger.renew([item.id for item in under_way.values()])
                    renewed = time.monotonic()
        finally:
            for future in under_way:
                future.cancel()
            pool.shutdown(cancel_futures=True)
            ledger.release([item.id for item in under_way.values()])
