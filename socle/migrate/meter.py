"""Keeps what passes within the limit of the hour, for all threads of one process together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from socle.migrate.bandwidth import Bandwidth


class Meter:
    """A turnstile of bytes: each piece waits until those before it have had their time."""

    def __init__(
        self,
        limit: Bandwidth | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Without a limit everything passes at once. Durations by `clock`, the hour by `now`."""
        self._limit, self._clock, self._sleep, self._now = limit, clock, sleep, now
        self._lock, self._free = threading.Lock(), clock()

    def take(self, size: int) -> None:
        """Wait until `size` bytes more are within the limit."""
        if self._limit is None:
            return
        with self._lock:
            rate, now = self._limit.rate(self._now()), self._clock()
            begin = max(now, self._free)
            # What waits in line when the limit ends for the day waits no longer than it was told.
            self._free = begin + size / rate if rate else now
        if rate and begin > now:
            self._sleep(begin - now)

    def passing(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces, each after its wait."""
        for piece in pieces:
            self.take(len(piece))
            yield piece
