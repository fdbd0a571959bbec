"""`python -m bench.drift.ours FOLDER`: `socle drift --only cloud`'s scan of what the bench made, as the
verb does it.

A process of its own, so that its start, its memory and its reading of the state count as the peers' do.
Ends with
3 when the scan finds one of the bench's things not in sync, or not all of them: then there is nothing to
compare.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.drift.facts import ENVIRONMENT, STACK
from socle.drift import engine
from socle.drift.allowed import Allowed
from socle.drift.credential import entry
from socle.drift.scan import Pair, Scan
from socle.env import Environment
from socle.errors import ExitCode, SocleError
from socle.records import Record, RecordSet, Verdict


@dataclass(frozen=True)
class Made(Environment):
    """The bench's own stack, on the standing environment's cloud and tables."""

    standing: str = ""

    @property
    def name(self) -> str:
        """Whose profile the cloud has."""
        return self.standing

    @property
    def stacks(self) -> list[str]:
        """The bench's alone: all else in the project is a stranger to this scan, and read all the same."""
        return [STACK]


class Bench(Scan):
    """A scan whose one state is the bench's."""

    def _states(self) -> tuple[dict[str, dict[str, Any]], Sequence[Record]]:
        return {STACK: engine.exported(self.environment, STACK)}, ()


def judged(records: RecordSet, expected: int) -> str:
    """What is wrong with the bench's own things; nothing when each is in sync."""
    ours = [one for one in records if f" {ENVIRONMENT}-" in f" {one.target}"]
    good = sum(one.verdict is Verdict.PASS for one in ours)
    bad = [f"{one.check} {one.target}: {one.evidence}" for one in ours if one.verdict is not Verdict.PASS]
    if bad:
        return f"{len(bad)} are not in sync, first {bad[0]}"
    return "" if good >= expected else f"{good} are in sync, not {expected}"


def main(words: Sequence[str] | None = None) -> int:
    """Scan once; the exit code."""
    (folder,) = words or sys.argv[1:]
    said = json.loads((Path(folder) / "ours.json").read_text(encoding="utf-8"))
    environment = Made(said["cloud"], Path(folder), said["variables"], said["standing"])
    clouds = Path(said["variables"]["OS_CLIENT_CONFIG_FILE"])
    try:
        manager = said["manager"]
        scan = Bench(
            environment,
            Allowed("none", ()),
            lambda: entry(clouds, "platform"),
            (lambda: entry(clouds, manager)) if manager else None,
        )
        records = scan.run([Pair.CLOUD])
    except SocleError as error:
        print(f"bench.drift.ours: {error}", file=sys.stderr)
        return error.exit_code
    if wrong := judged(records, said["resources"]):
        print(f"bench.drift.ours: {wrong}", file=sys.stderr)
        return ExitCode.FINDINGS
    print(f"{len(records)} verdicts, {records.summary()}")
    return ExitCode.HOLDS


if __name__ == "__main__":
    sys.exit(main())
