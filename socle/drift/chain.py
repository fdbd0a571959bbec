"""Keeps reports: each signed, numbered, and naming the digest of the one before it, so that none goes unseen.

The reports lie in the environment's folder, the key and the note of the newest one beside its authorities.
Who takes away the newest report has to change that note too, and cannot sign it. Whoever has the key can
forge all of it, and who restores an old note with the old reports is seen by the missing night alone: keep a
copy of `head.json` somewhere else. Whether all of it holds is judged in `verifying`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from socle import ca, signing
from socle.drift.gap import FORMAT as ACKNOWLEDGED
from socle.drift.gap import Gap
from socle.env import Environment
from socle.errors import UserError
from socle.identity import make_folder, write_private
from socle.records import RecordSet
from socle.records.store import to_json

FORMAT, NAMESPACE = "socle-drift/1", "socle-drift"
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

    def add(
        self, records: RecordSet, said: Mapping[str, Any], keep: int, now: datetime | None = None
    ) -> Path:
        """Write, sign and chain a report; the oldest beyond `keep` go. UserError when the chain is broken."""
        return self._append(FORMAT, {**said, "report": json.loads(to_json(records))}, keep, now)

    def acknowledge(self, gap: Gap, by: str, reason: str, now: datetime | None = None) -> Path:
        """The same of an answer for a gap; it is no report, and makes none of them go."""
        said = {"gap": gap.model_dump(mode="json"), "by": by, "reason": reason}
        return self._append(ACKNOWLEDGED, said, None, now)

    def _append(self, form: str, said: Mapping[str, Any], keep: int | None, now: datetime | None) -> Path:
        make_folder(self.reports)
        signing.signer(self.keys, f"drift of {self.environment}")
        with self._locked():
            head = self.read_head()
            number = int(head["newest"]) + 1
            entry = {
                "format": form,
                "environment": self.environment,
                "number": number,
                "at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
                "previous": str(head["digest"]),
                **said,
            }
            file = self.file(number)
            write_private(file, (json.dumps(entry, indent=2, ensure_ascii=False) + "\n").encode())
            signing.sign(file, self.public, NAMESPACE)
            following = _following(head, entry, digest(file), keep)
            self._write_head(following)
            for old in (it for it in self.numbers() if it < following["first"]):
                self.file(old).unlink()
                signing.signature(self.file(old)).unlink(missing_ok=True)
        return file

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
            return {"newest": 0, "digest": "", "first": 1, "acknowledgements": []}
        try:
            found: dict[str, Any] = json.loads(self.head.read_text(encoding="utf-8"))
            int(found["newest"]), str(found["digest"]), int(found["first"])
            # Notes that were written before there were any have no list of them.
            found["acknowledgements"] = [int(it) for it in found.get("acknowledgements", ())]
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


def kept(head: Mapping[str, Any]) -> list[int]:
    """Numbers of the reports that a note vouches for; acknowledgements are none."""
    others = set(head["acknowledgements"])
    return [it for it in range(int(head["first"]), int(head["newest"]) + 1) if it not in others]


def _following(
    head: Mapping[str, Any], entry: Mapping[str, Any], number: str, keep: int | None
) -> dict[str, Any]:
    """The note after an entry of this digest. An answer for a missing night leaves the newest date."""
    report = entry["format"] == FORMAT
    others = [*head["acknowledgements"], *([] if report else [entry["number"]])]
    found = {
        "newest": entry["number"],
        "digest": number,
        "first": int(head["first"]),
        "at": entry["at"] if report else head["at"],
        "acknowledgements": others,
    }
    if keep:
        found["first"] = kept(found)[-keep:][0]
        found["acknowledgements"] = [it for it in others if it > found["first"]]
    return found


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
