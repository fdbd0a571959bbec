"""What all gates work with: both ends, the ledger, the record, and who is there to accept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from socle.env import Environment
from socle.migrate.cutover.passage import Passage
from socle.migrate.cutover.source import Owner
from socle.migrate.job import CutoverSpec, Job
from socle.migrate.ledger import Ledger
from socle.migrate.source import Source
from socle.migrate.target import Target


@dataclass(frozen=True)
class Desk:
    """All that a gate works with."""

    job: Job
    ledger: Ledger
    passage: Passage
    environment: Environment
    with_refused: bool = False

    @cached_property
    def owner(self) -> Owner:
        """The source as its owner has it."""
        return Owner(self.job)

    @cached_property
    def source(self) -> Source:
        """The source as who copies has it."""
        return Source(self.job)

    @cached_property
    def target(self) -> Target:
        """The target as who copies has it."""
        return Target(self.job.target.cloud, self.job.target.container)

    @property
    def spec(self) -> CutoverSpec:
        """What the file says of the cutover; the owner has been made, so it says something."""
        assert self.job.cutover is not None  # noqa: S101 - for the type only
        return self.job.cutover

    def say(self, text: str) -> None:
        """What was done, for people."""
        print(text, file=sys.stderr, flush=True)

    def now(self) -> datetime:
        """The earlier of both clocks (UTC): one that is fast ends no retention."""
        return min(datetime.now(UTC), self.owner.now())


Said = dict[str, object]
Step = Callable[[Desk], Said]
