"""How a record of a migration is made: what all of them have in common."""

from __future__ import annotations

from socle.records import Record, Severity, Text, Verdict

TOOL = "socle-migrate"
_LONGEST = 250


def record(
    check: str,
    target: str,
    verdict: Verdict,
    title: tuple[str, str],
    *,
    evidence: str,
    fix: str | None = None,
) -> Record:
    """One verdict; `title` in English and French. A target's name is cut to what a record takes."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in target).strip() or "?"
    return Record(
        check=check,
        target=shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…",
        verdict=verdict,
        title=Text(en=title[0], fr=title[1]),
        evidence=evidence,
        clauses=(),
        severity=Severity.HIGH if verdict is Verdict.FAIL else None,
        fix=fix,
        tool=TOOL,
    )
