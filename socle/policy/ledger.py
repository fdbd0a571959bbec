"""The policy pack's coverage ledger, read into records. What a ledger holds is said in policies/ledger.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from socle.errors import UserError
from socle.records import Record, RecordSet, Severity, Text, Verdict

FORMAT = "socle-policy-ledger/1"
_AGAIN = "write it again: SOCLE_POLICY_LEDGER=<file> pulumi preview --policy-pack policies"
_VERDICTS = {
    "pass": Verdict.PASS,
    "violation": Verdict.FAIL,
    "unproven": Verdict.UNPROVEN,
    "not-applicable": Verdict.NOT_APPLICABLE,
    "exempted": Verdict.WAIVED,
}


def read(path: Path) -> RecordSet:
    """The records of a ledger; raises UserError for what is none."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError("no such file", str(path), _AGAIN) from None
    except (ValueError, OSError) as error:
        raise UserError(f"cannot be read ({' '.join(str(error).split())})", str(path), _AGAIN) from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise UserError(f"is no ledger of format {FORMAT}", str(path), _AGAIN)
    try:
        return RecordSet.of(_records(said))
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        what = type(error).__name__
        raise UserError(f"is a ledger that was cut off or edited ({what})", str(path), _AGAIN) from None


def _records(said: dict[str, Any]) -> Iterator[Record]:
    when, version = datetime.fromisoformat(said["when"]), str(said.get("version") or "unknown")
    for entry in said["entries"]:
        policy = said["policies"][entry["policy"]]
        words = [one["words"] for one in entry.get("said", ())]
        yield Record(
            check=entry["policy"],
            target=entry["resource"][:250],
            verdict=_VERDICTS[entry["verdict"]],
            title=Text(**policy["rule"]),
            evidence="; ".join(words) or "read from the resource graph",
            severity=Severity.HIGH if policy["level"] == "mandatory" else Severity.MEDIUM,
            clauses=tuple(policy["clauses"]),
            fix=policy["fix"]["en"],
            waiver=entry.get("exemption"),
            when=when,
            tool="socle-policies",
            version=version,
        )


def diagrams(path: Path) -> str:
    """A Mermaid diagram of the path of each finding that has one; "" when none has."""
    said = json.loads(path.read_text(encoding="utf-8"))
    drawn = []
    for entry in said["entries"]:
        for number, one in enumerate(entry.get("said", ())):
            if len(one.get("path", ())) > 1:
                drawn.append(
                    f"### {entry['policy']} {entry['resource']} ({number + 1})\n\n{_diagram(one['path'])}"
                )
    return "\n".join(drawn)


def paths(path: Path) -> dict[tuple[str, str], list[list[str]]]:
    """By policy and resource, the paths of findings: places and, between them, what leads on."""
    said = json.loads(path.read_text(encoding="utf-8"))
    found: dict[tuple[str, str], list[list[str]]] = {}
    for entry in said["entries"]:
        ways = [one["path"] for one in entry.get("said", ()) if len(one.get("path", ())) > 1]
        if ways:
            found.setdefault((entry["policy"], entry["resource"][:250]), []).extend(ways)
    return found


def _diagram(path: list[str]) -> str:
    """Places and, between them, what lets one reach the next."""
    lines = ["```mermaid", "flowchart LR"]
    for number in range(0, len(path) - 2, 2):
        since, why, to = (one.replace('"', "'") for one in path[number : number + 3])
        lines.append(f'  n{number}["{since}"] -->|"{why}"| n{number + 2}["{to}"]')
    return "\n".join([*lines, "```", ""])
