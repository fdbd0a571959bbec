"""stacks/drift.yaml: what may differ from what is declared, or stay unread, by whose word and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from infra.facts import FactError, read, validate
from socle.drift.compare import Finding, State
from socle.errors import UserError
from socle.paths import ROOT
from socle.records import Waiver
from socle.records.model import MAX_WAIVER_DAYS

FILE = ROOT / "stacks" / "drift.yaml"
ON_HOSTS = "host "
"""How kinds of things on hosts begin; a `thing` is then `host:name`, or the name alone."""


class Entry(BaseModel):
    """One entry. `thing`: a name or an id, `*` stands for anything; `field` for `changed` alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    environments: tuple[str, ...] = Field(min_length=1)
    state: Literal["changed", "missing", "unmanaged", "unproven"]
    kind: str
    thing: str = Field(min_length=1)
    field: str = ""
    reason: str = Field(min_length=10)
    owner: str = Field(min_length=2)
    approver: str = Field(min_length=2)
    granted: date
    expiry: date

    def of(self, environment: str) -> Entry:
        """With the environment's name where the table leaves room for it."""
        return self.model_copy(update={"thing": self.thing.replace("{environment}", environment)})

    def covers(self, finding: Finding) -> bool:
        """Whether it speaks of this finding."""
        if self.state != finding.state or self.kind != finding.kind:
            return False
        if not any(fnmatchcase(text, self.thing) for text in (finding.name, finding.id)):
            return False
        return not self.field or fnmatchcase(finding.field, self.field)

    def waiver(self) -> Waiver:
        """As records carry it."""
        return Waiver(reason=self.reason, owner=self.owner, approver=self.approver, expiry=self.expiry)

    def __str__(self) -> str:
        """For a message."""
        return f"{self.state} {self.kind} {self.thing}" + (f" {self.field}" if self.field else "")


@dataclass(frozen=True)
class Allowed:
    """The entries of one environment, by the line on which each begins."""

    label: str
    entries: tuple[tuple[int, Entry], ...]

    def of(self, *, hosts: bool) -> Allowed:
        """Those on hosts, or all others: each pair says which of its own matches nothing."""
        kept = tuple(it for it in self.entries if it[1].kind.startswith(ON_HOSTS) is hosts)
        return replace(self, entries=kept)

    def entry(self, finding: Finding, today: date) -> Entry | None:
        """The one that lets this finding be, when it still holds."""
        standing = (it for _, it in self.entries if it.granted <= today <= it.expiry)
        return next((it for it in standing if it.covers(finding)), None)


def load(environment: str, file: Path | None = None) -> Allowed:
    """The table; none when the file is not there. UserError, with the line, for what is wrong in it."""
    file = file or FILE
    label = f"stacks/{file.name}"
    if not file.exists():
        return Allowed(label, ())
    try:
        document = read(file, label)
        rows = document.data.get("allowed") if isinstance(document.data, dict) else None
        if not isinstance(rows, list):
            raise document.error((), "'allowed' is missing; write a list of entries, or remove the file")
        found: list[tuple[int, Entry]] = []
        for index, row in enumerate(rows):
            entry = validate(Entry, document, ("allowed", index), row)
            if (entry.expiry - entry.granted) > timedelta(days=MAX_WAIVER_DAYS):
                what = f"'expiry' is more than {MAX_WAIVER_DAYS} days after 'granted'; choose an earlier day"
                raise document.error(("allowed", index, "expiry"), what)
            if entry.expiry < entry.granted:
                raise document.error(
                    ("allowed", index, "expiry"), "'expiry' is before 'granted'; mend one of them"
                )
            if entry.field and entry.state != "changed":
                raise document.error(
                    ("allowed", index, "field"), "'field' goes with state changed; remove it"
                )
            found.append((document.line(("allowed", index)), entry))
    except FactError as error:
        raise UserError(str(error)) from None
    ours = ((line, it.of(environment)) for line, it in found if environment in it.environments)
    return Allowed(label, tuple(ours))


def idle(allowed: Allowed, findings: Sequence[Finding], today: date) -> list[tuple[int, Entry, str]]:
    """Entries that let nothing be: expired or future ones, and those that match nothing of what was read.

    One of a kind that could not be read may match what nobody saw: nothing is said of it.
    """
    unread = {one.kind for one in findings if one.state is State.UNPROVEN}
    said = []
    for line, entry in allowed.entries:
        if entry.expiry < today:
            said.append(
                (line, entry, f"expired on {entry.expiry}: renew it with a new approval, or remove it")
            )
        elif entry.granted > today:
            said.append((line, entry, f"is granted from {entry.granted} on: nobody allows it before"))
        elif not any(entry.covers(one) for one in findings) and entry.kind not in unread:
            said.append((line, entry, "matches nothing: remove it"))
    return said
