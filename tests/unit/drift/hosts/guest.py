"""Answers of a Debian 13 guest of the image, recorded, and what a converge adds to them; what is declared."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from socle.drift.allowed import Allowed
from socle.drift.compare import Finding, State
from socle.drift.hosts.compare import findings
from socle.drift.hosts.facts import Answers, Facts, Image
from socle.drift.hosts.report import records
from socle.records import Record, Verdict

HERE = Path(__file__).parent
_SAID = json.loads((HERE / "guest.json").read_text(encoding="utf-8"))
NONE = Allowed("stacks/drift.yaml", ())
TODAY = date(2026, 11, 30)


def facts(**changes: Any) -> Facts:
    """Of the guest, which is a bastion."""
    said = _SAID["declared"]
    image = Image("abc", said["packages"], said["standing"])
    return replace(Facts(said["host"], image, said["rendered"], said["key"], said["authority"]), **changes)


def sections() -> dict[str, Any]:
    """What the guest answered, to be changed at will: each section's value."""
    return {name: deepcopy(one["value"]) for name, one in _SAID["sections"].items()}


def found(sections: dict[str, Any], known: Facts | None = None) -> list[Finding]:
    """What differs."""
    answers = Answers({name: {"value": value} for name, value in sections.items()})
    return [one for one in findings(known or facts(), answers) if one.state is not State.IN_SYNC]


def told(sections: dict[str, Any], known: Facts | None = None) -> list[Record]:
    """The same as records."""
    known = known or facts()
    return list(records("local-bastion", found(sections, known), NONE, TODAY, health=False))


def failed(sections: dict[str, Any]) -> list[tuple[str, str]]:
    """Check and target of each failure."""
    return [(one.check, one.target) for one in told(sections) if one.verdict is Verdict.FAIL]
