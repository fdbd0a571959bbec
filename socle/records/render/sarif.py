"""SARIF 2.1.0. `unproven` has kind "open" and makes the run unsuccessful: no viewer takes it for a pass."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from socle.records.model import Record, Severity, Verdict
from socle.records.recordset import RecordSet

# SARIF 2.1.0, 3.27.9: "open" is what a tool says when it had too little to decide.
_KIND = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.UNPROVEN: "open",
    Verdict.WAIVED: "fail",  # with a suppression: accepted by people, not enforced
    Verdict.NOT_APPLICABLE: "notApplicable",
}
_LEVEL = {
    None: "error",
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}


def render(records: RecordSet, lang: str = "en") -> str:
    """One SARIF log with a run for each tool and version that wrote records."""
    tools = sorted({(r.tool, r.version) for r in records}) or [("socle", "none")]
    runs = [
        _run(tool, RecordSet(tuple(r for r in records if (r.tool, r.version) == tool)), lang)
        for tool in tools
    ]
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": runs}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _run(tool: tuple[str, str], records: RecordSet, lang: str) -> dict[str, Any]:
    rules: dict[str, dict[str, Any]] = {}
    for record in records:
        rules.setdefault(
            record.check,
            {
                "id": record.check,
                "shortDescription": {"text": record.title.in_language(lang)},
                "properties": {"tags": list(record.clauses)},
            },
        )
    index = {check: n for n, check in enumerate(rules)}
    unread = [f"{r.target}: {r.check}: {r.evidence}" for r in records if r.verdict is Verdict.UNPROVEN]
    if not len(records):
        unread = ["nothing was checked"]
    return {
        "tool": {"driver": {"name": tool[0], "version": tool[1], "rules": list(rules.values())}},
        "invocations": [
            {
                "executionSuccessful": not unread,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": text}} for text in unread
                ],
            }
        ],
        "results": [_result(record, index[record.check]) for record in records],
    }


def _result(record: Record, rule_index: int) -> dict[str, Any]:
    kind = _KIND[record.verdict]
    result: dict[str, Any] = {
        "ruleId": record.check,
        "ruleIndex": rule_index,
        "kind": kind,
        "level": _LEVEL[record.severity] if kind == "fail" else "none",
        "message": {"text": f"{record.target}: {record.verdict}: {record.evidence}"},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": record.target, "kind": "resource"}]}],
        "partialFingerprints": {
            "checkAndTarget/v1": hashlib.sha256(f"{record.check}\0{record.target}".encode()).hexdigest()
        },
        "properties": {
            "verdict": record.verdict,
            "when": record.when.isoformat(),
            "clauses": list(record.clauses),
            **{
                name: value
                for name, value in (
                    ("expected", record.expected),
                    ("observed", record.observed),
                    ("fix", record.fix),
                    ("severity", record.severity),
                )
                if value is not None
            },
        },
    }
    if waiver := record.waiver:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{waiver.reason} (owner {waiver.owner}, approver {waiver.approver}, "
                f"until {waiver.expiry})",
            }
        ]
    return result
