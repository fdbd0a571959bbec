"""One question to an end, asked again while the end is busy: listings, logins, what stands alone.

Objects, of which there are many at once, have a pace of their own (`work.patiently`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from socle.migrate.ends import BusyError

T = TypeVar("T")
TRIES = 6
LONGEST_PAUSE = 30.0


def insist(ask: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """What `ask` gives; raises the BusyError of its last try, and any other EndError at once."""
    for attempt in range(TRIES - 1):
        try:
            return ask()
        except BusyError as error:
            sleep(min(LONGEST_PAUSE, error.pause * 2**attempt))
    return ask()
