"""Debian's security tracker: its data, from a file, today's copy or itself; and what it says of packages."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from socle.errors import UnprovenError, UserError
from socle.paths import cache
from socle.vulnerabilities.versions import older

URL = "https://security-tracker.debian.org/tracker/data/json"
SECONDS = 120
NOBODY_MENDS = "unimportant"  # the tracker's word for what it does not take for a vulnerability of Debian's


@dataclass(frozen=True, order=True)
class Package:
    """A source package as it is installed."""

    source: str
    version: str


@dataclass(frozen=True, order=True)
class Finding:
    """One vulnerability of an installed source package; `fixed` is empty while Debian has no fix."""

    name: str
    source: str
    version: str
    fixed: str
    urgency: str

    @property
    def said(self) -> str:
        """One phrase: what, in which package, and what mends it."""
        mended = f"fixed in {self.fixed}" if self.fixed else "no fix yet"
        return f"{self.name} {self.source} {self.version} ({mended}, {self.urgency})"


@dataclass(frozen=True)
class Tracker:
    """The tracker's data for one release, and the day from which it is."""

    packages: dict[str, Any]
    release: str
    day: date

    def findings(self, installed: Iterable[Package]) -> list[Finding]:
        """What stands against these packages, sorted; without what the tracker calls unimportant."""
        found = []
        for package in {*installed}:
            for name, entry in self.packages.get(package.source, {}).items():
                said = entry.get("releases", {}).get(self.release)
                if said is None or said.get("urgency") == NOBODY_MENDS:
                    continue
                fixed = str(said.get("fixed_version", ""))
                # Version 0 says that the release never had it.
                if said.get("status") == "resolved" and not older(package.version, fixed):
                    continue
                urgency = str(said.get("urgency", "unknown"))
                found.append(Finding(name, package.source, package.version, fixed, urgency))
        return sorted(found)


def load(release: str, file: Path | None = None, today: date | None = None) -> Tracker:
    """The data of a file; else today's copy in the cache; else the tracker's, kept for today.

    UserError when the file is not the tracker's, UnprovenError when the tracker cannot be asked.
    """
    today = today or datetime.now(UTC).date()
    if file:
        day = datetime.fromtimestamp(file.stat().st_mtime, UTC).date() if file.exists() else today
        return Tracker(_read(file, release), release, day)
    folder = cache() / "vulnerabilities"
    kept = folder / f"tracker-{today}.json"
    if not kept.exists():
        _fetch(folder, kept)
    return Tracker(_read(kept, release), release, today)


def _read(path: Path, release: str) -> dict[str, Any]:
    fix = "give the tracker's JSON as it is"
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot be read ({error})", str(path), fix) from None
    known = isinstance(found, dict) and all(isinstance(entries, dict) for entries in found.values())
    if not known or not any(
        release in entry.get("releases", {})
        for entries in found.values()
        for entry in entries.values()
        if isinstance(entry, dict)
    ):
        raise UserError(f"says nothing about {release}", str(path), fix)
    checked: dict[str, Any] = found
    return checked


def _fetch(folder: Path, kept: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    partial = kept.with_name(f"{kept.name}.{os.getpid()}.partial")
    try:
        with urllib.request.urlopen(URL, timeout=SECONDS) as answer, partial.open("wb") as file:
            while piece := answer.read(1 << 20):
                file.write(piece)
        partial.replace(kept)
    except (OSError, urllib.error.URLError) as error:
        partial.unlink(missing_ok=True)
        older_ones = sorted(folder.glob("tracker-*.json"))
        newest = f"the newest copy is {older_ones[-1]}; " if older_ones else ""
        reason = getattr(error, "reason", None) or error
        fix = f"{newest}give a copy with --data to judge by it"
        raise UnprovenError(f"the security tracker cannot be reached ({reason})", URL, fix) from None
