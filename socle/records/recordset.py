"""Many records: their counts, their order and the exit code they ask for. Immutable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from socle.errors import ExitCode
from socle.records.model import Record, Verdict

# Reports start with what a person must act on.
_ORDER = (Verdict.FAIL, Verdict.UNPROVEN, Verdict.WAIVED, Verdict.NOT_APPLICABLE, Verdict.PASS)


@dataclass(frozen=True)
class RecordSet:
    """The records of one run."""

    records: tuple[Record, ...] = ()

    @classmethod
    def of(cls, records: Iterable[Record]) -> RecordSet:
        """A set in the order of reports: by verdict (what to act on first), target, check."""
        return cls(tuple(sorted(records, key=lambda r: (_ORDER.index(r.verdict), r.target, r.check))))

    def __iter__(self) -> Iterator[Record]:
        """Its records, in their order."""
        return iter(self.records)

    def __len__(self) -> int:
        """How many records."""
        return len(self.records)

    def counts(self) -> dict[Verdict, int]:
        """How many records have each verdict; every verdict is a key."""
        return {v: sum(r.verdict is v for r in self.records) for v in Verdict}

    def targets(self) -> tuple[str, ...]:
        """The targets, sorted, each once."""
        return tuple(sorted({r.target for r in self.records}))

    def for_target(self, target: str) -> RecordSet:
        """The records of one target."""
        return RecordSet(tuple(r for r in self.records if r.target == target))

    def exit_code(self) -> ExitCode:
        """3 when something fails, else 4 when something is unproven, else 0.

        No record at all is 4: a checker that checked nothing has proved nothing.
        """
        counts = self.counts()
        if counts[Verdict.FAIL]:
            return ExitCode.FINDINGS
        return ExitCode.UNPROVEN if counts[Verdict.UNPROVEN] or not self.records else ExitCode.HOLDS

    def summary(self) -> str:
        """One line: `41 pass, 2 fail, 1 unproven, …`; verdicts that did not occur are left out."""
        parts = [f"{n} {verdict}" for verdict, n in self.counts().items() if n]
        return ", ".join(parts) or "nothing was checked"
