"""The file of exemptions: read strictly, matched exactly, and reported when it is wrong, over or not used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from policies.judge import Entry
from policies.model import POLICIES, Said, Verdict, violation

MAX_DAYS: Final = 180
FIELDS: Final = ("policy", "urn", "owner", "approver", "reason", "expiry")


@dataclass(frozen=True)
class Exemption:
    """One entry that may be used. `line`: how messages name it."""

    policy: str
    urn: str
    owner: str
    approver: str
    reason: str
    expiry: date
    line: str


@dataclass(frozen=True)
class Exemptions:
    """Entries that hold today, and findings about those that do not."""

    standing: tuple[Exemption, ...] = ()
    findings: tuple[Said, ...] = ()

    def apply(self, entries: Iterable[Entry]) -> tuple[list[Entry], set[str]]:
        """Entries with exempted violations marked, and the lines of the exemptions that were used."""
        by_key = {(one.policy, one.urn): one for one in self.standing}
        judged, used = [], set()
        for entry in entries:
            one = by_key.get((entry.policy.id, entry.resource.urn))
            if one is not None and entry.verdict in (Verdict.VIOLATION, Verdict.UNPROVEN):
                used.add(one.line)
                words = f" (exempted until {one.expiry} by {one.approver}: {one.reason})"
                said = tuple(
                    replace(it, verdict=Verdict.EXEMPTED, words=it.words + words)
                    if it.verdict in (Verdict.VIOLATION, Verdict.UNPROVEN)
                    else it
                    for it in entry.said
                )
                names = ("owner", "approver", "reason", "expiry")
                exemption = {name: str(getattr(one, name)) for name in names}
                judged.append(replace(entry, said=said, exemption=exemption))
            else:
                judged.append(entry)
        return judged, used

    def unused(self, used: set[str], stacks: tuple[str, ...]) -> list[Said]:
        """Findings about entries for these stacks that exempted nothing."""
        return [
            violation(f"{one.line}: exempts nothing; remove it")
            for one in self.standing
            if one.line not in used and one.urn.startswith(stacks)
        ]


def load(path: Path, today: date) -> Exemptions:
    """Read the file; what is wrong with it becomes findings, never an exemption. No file: none are given."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Exemptions()
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        return _refused(path, f"cannot be read ({' '.join(str(error).split())[:120]})")
    entries = said.get("exemptions") if isinstance(said, dict) else None
    if not isinstance(entries, list):
        return _refused(path, "has no list `exemptions`")
    standing: list[Exemption] = []
    findings: list[Said] = []
    for number, entry in enumerate(entries, start=1):
        line = f"{path.name}: entry {number}"
        wrong = _wrong(entry, today) if isinstance(entry, dict) else "is no mapping"
        if not wrong and any((one.policy, one.urn) == (entry["policy"], entry["urn"]) for one in standing):
            wrong = "says again what another entry says"
        if wrong:
            findings.append(violation(f"{line}: {wrong}"))
        else:
            standing.append(Exemption(**{name: entry[name] for name in FIELDS}, line=line))
    return Exemptions(tuple(standing), tuple(findings))


def _refused(path: Path, why: str) -> Exemptions:
    return Exemptions(findings=(violation(f"{path.name}: {why}; nothing is exempted"),))


def _wrong(entry: dict[str, Any], today: date) -> str:  # noqa: PLR0911  # a reason a line
    """Why it cannot be used, "" when it can."""
    if missing := [name for name in FIELDS if not entry.get(name)]:
        return f"has no {missing[0]}"
    if extra := sorted(set(entry) - set(FIELDS)):
        return f"has {extra[0]}, which is no field of an exemption"
    texts = [name for name in FIELDS[:-1] if not isinstance(entry[name], str)]
    if texts:
        return f"{texts[0]} is no text"
    if entry["policy"] not in POLICIES:
        return f"there is no policy {entry['policy']}"
    if not entry["urn"].startswith("urn:pulumi:") or "*" in entry["urn"]:
        return "urn must be the whole URN of one resource"
    if entry["owner"].strip() == entry["approver"].strip():
        return "is approved by who asked for it"
    expiry = entry["expiry"]
    if type(expiry) is not date:
        return "expiry is no date such as 2027-01-31"
    if expiry < today:
        return f"is over since {expiry}"
    if (expiry - today).days > MAX_DAYS:
        return f"runs more than {MAX_DAYS} days"
    return ""
