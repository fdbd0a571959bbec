"""How many requests run at once: one more while all goes well, half as many when an end says slow down.

Additive increase, multiplicative decrease, as TCP does (RFC 5681). Holds no thread of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Pace:
    """A gate that is as wide as both ends bear."""

    def __init__(self, most: int, *, first: int = 4, clock: Callable[[], float] = time.monotonic) -> None:
        """`most` at once, `first` in the beginning."""
        self._most, self.width = most, min(first, most)
        self._clock, self._good, self._inside = clock, 0, 0
        self._not_before = 0.0
        self._free = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until there is room, and until an end that asked for a pause has had it."""
        with self._free:
            while self._inside >= self.width or self.pause() > 0:
                self._free.wait(self.pause() or None)
            self._inside += 1
        try:
            yield
        finally:
            with self._free:
                self._inside -= 1
                self._free.notify_all()

    def pause(self) -> float:
        """Seconds until the next may begin."""
        return max(0.0, self._not_before - self._clock())

    def went_well(self) -> None:
        """One more at once after as many good ones as run at once."""
        with self._free:
            self._good += 1
            if self._good >= self.width < self._most:
                self.width, self._good = self.width + 1, 0
                self._free.notify_all()

    def slow_down(self, seconds: float) -> None:
        """Half as many, and nobody begins before `seconds` have passed. What began together halves once."""
        with self._free:
            if self.pause() <= 0:
                self.width = max(1, self.width // 2)
            self._good = 0
            self._not_before = max(self._not_before, self._clock() + seconds)
            self._free.notify_all()
