"""What a stored report says of a finding of another night: it is there, allowed, gone, or was not looked for.

A finding that a report does not name is gone only where that report shows that it looked. Pure.
"""

from __future__ import annotations

import re
from enum import StrEnum

from socle.drift.night import Night
from socle.drift.records import TOOL
from socle.records import Record, Verdict

Key = tuple[str, str]
_STATES = ("in-sync", "changed", "missing", "unmanaged", "unproven")
_ALLOW_LIST = "drift-allow-list"
# Checks of a scan that are about no kind of thing.
_GENERAL = ("drift-code", "drift-refresh", "drift-scan", "drift-clock", "drift-credential", "drift-lock")
_ON_HOSTS = "drift-host-"


class Fate(StrEnum):
    """What became of a finding."""

    THERE = "there"
    ALLOWED = "allowed"
    UNPROVEN = "unproven"
    GONE = "gone"


def key(record: Record) -> Key:
    """What stays the same of a finding every night; a line of the allow-list moves with those above it."""
    return record.check, record.evidence if record.check == _ALLOW_LIST else record.target


def pair_of(record: Record) -> str:
    """The pair that a record belongs to."""
    if record.tool != TOOL or record.check.startswith(_ON_HOSTS):
        return "hosts"
    return next((it for it in ("code", "refresh") if re.match(rf"drift-{it}\b", record.check)), "cloud")


def kind_of(record: Record) -> str:
    """The kind of thing in a check's id, as ids spell it; empty where a check is about none."""
    name = record.check.partition(".")[0]
    if record.tool != TOOL or name == _ALLOW_LIST or name.startswith(_GENERAL):
        return ""
    name = name.removeprefix("drift-")
    return next((name.removesuffix(f"-{it}") for it in _STATES if name.endswith(f"-{it}")), name)


class Seen:
    """One report, ready to be asked about findings."""

    def __init__(self, night: Night) -> None:
        """Index its records."""
        self.night = night
        self._by_key = {key(one): one for one in night.records}
        unread = [one for one in night.records if self._is_unread(one)]
        self._whole = {kind_of(one): one for one in unread if one.target.endswith(" all") and kind_of(one)}
        self._single = {one.target: one for one in unread if kind_of(one)}
        self._general = [one for one in unread if not kind_of(one)]

    def record(self, finding: Record) -> Record | None:
        """The same check on the same thing in this report, whatever its verdict."""
        return self._by_key.get(key(finding))

    def fate(self, finding: Record) -> tuple[Fate, str]:
        """What became of it, and for `unproven` why nothing can be said."""
        same = self.record(finding)
        if same is not None and same.verdict in (Verdict.FAIL, Verdict.WAIVED, Verdict.UNPROVEN):
            fates = {Verdict.FAIL: Fate.THERE, Verdict.WAIVED: Fate.ALLOWED, Verdict.UNPROVEN: Fate.UNPROVEN}
            return fates[same.verdict], same.evidence
        if same is None and (why := self._not_looked(finding, pair_of(finding))):
            return Fate.UNPROVEN, why
        return Fate.GONE, ""

    def _not_looked(self, finding: Record, pair: str) -> str:
        """Why it cannot be called gone; empty when it can."""
        if pair not in self.night.pairs:
            return f"pair {pair} was not compared"
        for one in self._general:
            if one.check == "drift-scan" and one.target == f"pair {pair}":
                return one.evidence
        if pair == "hosts":
            return self._not_held(finding)
        if pair in ("code", "refresh"):
            # One resource that could not be read may be what the finding was about, under another name.
            stack = finding.target.split(" ")[0]
            mine = (one for one in self._general if pair_of(one) == pair)
            return next((one.evidence for one in mine if one.target.split(" ")[0] == stack), "")
        return self._not_listed(finding)

    def _not_held(self, finding: Record) -> str:
        """Of a host: each kind of thing there has a record in a report that looked at it."""
        host, said = finding.target.partition(": ")[0], "that report says nothing of this check on this host"
        if finding.tool != TOOL:
            return said
        of_kind = [
            one
            for one in self.night.records
            if kind_of(one) == kind_of(finding) and one.target.startswith(f"{host}: ")
        ]
        for one in of_kind:
            if self._is_unread(one) and (one.target.endswith(" all") or one.target == finding.target):
                return one.evidence
            if one.target.endswith(" more"):
                return f"{one.evidence} are not told one by one"
        return "" if of_kind else said

    def _not_listed(self, finding: Record) -> str:
        if finding.check == _ALLOW_LIST:
            # An entry that may match what nobody read is not said to match nothing.
            names = (one.target.removesuffix(" all") for one in self._whole.values())
            said = next((it for it in names if f" {it} " in finding.evidence), "")
            return f"{said} could not be read" if said else ""
        if one := self._whole.get(kind_of(finding)) or self._single.get(finding.target):
            return one.evidence
        if not finding.check.endswith("-unmanaged"):
            # Which stack declares it is not known; an unread one declares nothing that we could compare.
            stacks = (one for one in self._general if one.target.startswith("stack "))
            return next((f"{one.target}: {one.evidence}" for one in stacks), "")
        return ""

    @staticmethod
    def _is_unread(one: Record) -> bool:
        waived = one.verdict is Verdict.WAIVED and one.check.endswith("-unproven")
        return waived or one.verdict is Verdict.UNPROVEN
