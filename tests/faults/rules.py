"""Which requests go wrong, and how: rates by fault and method, drawn from a seed, and a log.

Pure: no socket here. The proxy asks `Faults.draw` once a request and does what it says.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Ways in which a request goes wrong."""

    TOO_MANY = "429"
    """Refused with Retry-After; the service never saw it."""
    UNAVAILABLE = "503"
    """Refused; the service never saw it."""
    RESET_BEFORE = "reset-before"
    """The connection is reset; the service never saw it."""
    RESET_AFTER = "reset-after"
    """The service did it, and the connection is reset before the answer: the caller cannot know."""
    SLOW = "slow"
    """Answered, after a while."""
    CUT = "cut"
    """A body ends in its middle and the connection is reset: the request's, else the answer's."""
    SHORT = "short"
    """The same, but what is said of its length is true of the half: nobody sees it by the connection."""


@dataclass(frozen=True)
class Rule:
    """`share` of the requests (0 to 1) with one of `methods` (none named: every method) get `fault`."""

    fault: Fault
    share: float
    methods: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"{self.fault}={self.share}: a share lies between 0 and 1")

    @classmethod
    def parse(cls, text: str) -> Rule:
        """`reset-after=0.05:POST,PUT`; ValueError when it is nothing of the kind."""
        name, _, rest = text.partition("=")
        share, _, methods = rest.partition(":")
        try:
            return cls(Fault(name), float(share), frozenset(m.upper() for m in methods.split(",") if m))
        except ValueError as error:
            raise ValueError(f"{text!r} is no rule ({error}); write for example 429=0.02:GET,POST") from None


@dataclass(frozen=True)
class Injected:
    """One fault that was injected; the path is without its query, which may hold signatures."""

    number: int
    when: float
    fault: Fault
    method: str
    port: int
    path: str
    seconds: float = 0.0
    """How long a slow answer was held back."""


OF_BODIES = frozenset((Fault.CUT, Fault.SHORT))
"""Only clients that move data can be asked to bear these."""


def spread(share: float, faults: Iterable[Fault] = frozenset(Fault) - OF_BODIES) -> tuple[Rule, ...]:
    """These faults alike, `share` of all requests together."""
    chosen = [fault for fault in Fault if fault in set(faults)]
    return tuple(Rule(fault, share / len(chosen)) for fault in chosen)


class Faults:
    """Draws a fault, or none, for each request; safe to ask from many threads.

    The seed fixes the sequence of draws. Which request gets which draw depends on the order in which
    requests come, so a run is repeated only as far as its client repeats itself.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        seed: int,
        slow_seconds: tuple[float, float] = (0.2, 5.0),
        retry_after: int = 1,
        *,
        both_say_when: bool = False,
    ) -> None:
        """`both_say_when`: 503 has Retry-After as well. ValueError when shares for a method exceed 1."""
        methods = frozenset(method for rule in rules for method in rule.methods) | {"any other"}
        for method in methods:
            if sum(rule.share for rule in _for(rules, method)) > 1:
                raise ValueError(f"the shares for {method} add up to more than 1")
        self.rules, self.seed, self.retry_after = tuple(rules), seed, retry_after
        self.both_say_when = both_say_when
        self._slow, self._random, self._guard = slow_seconds, random.Random(seed), threading.Lock()  # noqa: S311
        self._log: list[Injected] = []
        self._asked = 0

    def draw(self, method: str, port: int, target: str) -> Injected | None:
        """What to do to this request; None: nothing."""
        with self._guard:
            self._asked += 1
            point, seconds = self._random.random(), self._random.uniform(*self._slow)
            for rule in _for(self.rules, method):
                point -= rule.share
                if point < 0:
                    held = seconds if rule.fault is Fault.SLOW else 0.0
                    path = target.partition("?")[0]
                    entry = Injected(self._asked, time.time(), rule.fault, method, port, path, round(held, 2))
                    self._log.append(entry)
                    return entry
            return None

    @property
    def log(self) -> list[Injected]:
        """Everything injected up to now, in order."""
        with self._guard:
            return list(self._log)

    @property
    def asked(self) -> int:
        """How many requests were drawn for."""
        with self._guard:
            return self._asked

    def summary(self) -> str:
        """One line: how many requests, and how many of each fault."""
        counts = Counter(entry.fault for entry in self.log)
        told = ", ".join(f"{counts[fault]} {fault}" for fault in Fault if counts[fault]) or "none"
        return f"seed {self.seed}: {self.asked} requests, injected {told}"

    def lines(self) -> str:
        """The log as JSON, a line each."""
        return "".join(json.dumps(asdict(entry)) + "\n" for entry in self.log)


def _for(rules: Iterable[Rule], method: str) -> list[Rule]:
    return [rule for rule in rules if not rule.methods or method in rule.methods]
