"""Keeps reports: each signed, numbered, and naming the digest of the one before it, so that none goes unseen.

The reports lie in the environment's folder, the key and the note of the newest one beside its authorities.
Who takes away the newest report has to change that note too, and cannot sign it. Whoever has the key can
forge all of it, and who restores an old note with the old reports is seen by the missing night alone: keep a
copy of `head.json` somewhere else.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from socle import ca, signing
from socle.env import Environment
from socle.errors import UserError
from socle.identity import make_folder, write_private
from socle.records import RecordSet
from socle.records.store import to_json

FORMAT, NAMESPACE = "socle-drift/1", "socle-drift"
NIGHT = timedelta(hours=36)
"""How long after a report the next one is due: a night, and half a day for one that ran late."""
_NAME = re.compile(r"(\d{6})\.json")


@dataclass(frozen=True)
class Chain:
    """The reports of one environment."""

    reports: Path
    keys: Path
    environment: str

    @classmethod
    def of(cls, environment: Environment) -> Chain:
        """Where an environment keeps them."""
        return cls(environment.folder / "drift", ca.beside(environment.ssh_dir) / "drift", environment.name)

    @property
    def head(self) -> Path:
        """The note of the first report kept and of the newest one."""
        return self.keys / "head.json"

    @property
    def public(self) -> Path:
        """The key that signs, its public half."""
        return self.keys / "key.pub"

    def file(self, number: int) -> Path:
        """Where a report lies."""
        return self.reports / f"{number:06}.json"

    def numbers(self) -> list[int]:
        """Of the reports that lie there."""
        found = (_NAME.fullmatch(path.name) for path in self.reports.glob("*.json"))
        return sorted(int(it[1]) for it in found if it)

    def add(self, records: RecordSet, said: Mapping[str, Any], keep: int) -> Path:
        """Write, sign and chain a report; the oldest beyond `keep` go. UserError when the chain is broken."""
        make_folder(self.reports)
        signing.signer(self.keys, f"drift of {self.environment}")
        with self._locked():
            head = self.read_head()
            number, previous = int(head["newest"]) + 1, str(head["digest"])
            report = {
                "format": FORMAT,
                "environment": self.environment,
                "number": number,
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "previous": previous,
                **said,
                "report": json.loads(to_json(records)),
            }
            text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
            file = self.file(number)
            write_private(file, text.encode())
            signing.sign(file, self.public, NAMESPACE)
            first = max(int(head["first"]), number - keep + 1)
            self._write_head({"newest": number, "digest": digest(file), "first": first, "at": report["at"]})
            for old in (it for it in self.numbers() if it < first):
                self.file(old).unlink()
                signing.signature(self.file(old)).unlink(missing_ok=True)
        return file

    def objections(self, now: datetime | None = None) -> Iterator[tuple[str, str]]:
        """What does not hold, by the file it is about; nothing when all of it does."""
        if not self.head.exists():
            what = "there are reports and no note of the newest" if self.numbers() else "there is no report"
            yield self.head.name, what
            return
        if why := signing.objection(self.head, self.public, self.who, NAMESPACE):
            yield self.head.name, f"its signature does not hold: {why}"
            return
        head = self.read_head()
        first, newest = int(head["first"]), int(head["newest"])
        before: dict[str, Any] | None = None
        for number in range(first, newest + 1):
            file = self.file(number)
            if not file.exists():
                yield file.name, "it is missing"
                before = None
                continue
            said, faults = self._judge(file, number, before)
            yield from ((file.name, it) for it in faults)
            before = {**said, "digest": digest(file)}
        if before is not None and before["digest"] != head["digest"]:
            yield self.file(newest).name, "it is not the report that was written as the newest"
        for number in self.numbers():
            if not first <= number <= newest:
                yield self.file(number).name, "no report of this number was written"
        if (now or datetime.now(UTC)) - datetime.fromisoformat(str(head["at"])) > NIGHT:
            yield "now", f"the newest report is of {head['at']}: a night is missing"

    def _judge(
        self, file: Path, number: int, before: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], list[str]]:
        why = signing.objection(file, self.public, self.who, NAMESPACE)
        try:
            said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            at = datetime.fromisoformat(str(said["at"]))
        except (ValueError, KeyError, TypeError):
            return {}, ["it is no report"]
        if why:
            return said, [f"its signature does not hold: {why}"]
        found = []
        if said.get("number") != number or said.get("environment") != self.environment:
            found.append(
                f"it is report {said.get('number')} of {said.get('environment')}, under another name"
            )
        if before is not None and before:
            if said.get("previous") != before["digest"]:
                found.append("it does not follow the report before it")
            if at - datetime.fromisoformat(str(before.get("at", said["at"]))) > NIGHT:
                found.append(f"a night is missing before it: the one before is of {before['at']}")
        return said, found

    @property
    def who(self) -> str:
        """In whose name reports are signed."""
        return f"drift@{self.environment}"

    def read_head(self) -> dict[str, Any]:
        """The note of the newest, its signature not looked at. UserError when it is gone, edited or cut."""
        if not self.head.exists():
            if self.numbers():
                fix = f"run `socle drift verify`; put {self.head.name} back, or move the reports away"
                raise UserError("there are reports and no note of the newest", str(self.reports), fix)
            return {"newest": 0, "digest": "", "first": 1}
        try:
            found: dict[str, Any] = json.loads(self.head.read_text(encoding="utf-8"))
            int(found["newest"]), str(found["digest"]), int(found["first"])
        except (ValueError, KeyError, TypeError):
            raise UserError("it was edited or cut", str(self.head), "run `socle drift verify`") from None
        return found

    def _write_head(self, said: Mapping[str, Any]) -> None:
        write_private(self.head, (json.dumps(said) + "\n").encode())
        signing.sign(self.head, self.public, NAMESPACE)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.keys / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
