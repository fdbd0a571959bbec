"""How a record of a scan is made: what all of them have in common."""

from __future__ import annotations

from socle.records import Record, Severity, Text, Verdict, Waiver

TOOL = "socle-drift"
AGAIN = "see why, then run `socle drift` again"
_LONGEST = 250


def record(
    check: str,
    target: str,
    verdict: Verdict,
    title: tuple[str, str],
    *,
    evidence: str,
    expected: str | None = None,
    observed: str | None = None,
    severity: Severity | None = None,
    fix: str | None = None,
    waiver: Waiver | None = None,
) -> Record:
    """One verdict; `title` in English and French."""
    return Record(
        check=check[:_LONGEST],
        target=target[:_LONGEST],
        verdict=verdict,
        title=Text(en=title[0], fr=title[1]),
        evidence=evidence,
        expected=expected,
        observed=observed,
        severity=severity,
        clauses=(),
        fix=fix,
        waiver=waiver,
        tool=TOOL,
    )
