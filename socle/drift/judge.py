"""Turns findings into records, the one format of results. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from socle.drift.allowed import Allowed, idle
from socle.drift.compare import Finding, State
from socle.drift.declared import Expectation
from socle.drift.records import record
from socle.drift.repair import next_command
from socle.drift.severity import severity
from socle.drift.thing import MASKED, Inventory
from socle.records import Record, Severity, Verdict

_LONGEST = 250
MOST_SKEW = 60.0
"""Seconds by which the cloud's clock may differ before times in a report mean nothing."""
_TITLES = {
    State.IN_SYNC: ("{} is as declared", "{} : conforme à la déclaration"),
    State.CHANGED: ("{} is as declared: {}", "{} : conforme à la déclaration : {}"),
    State.MISSING: ("{} is there", "{} : présent"),
    State.UNMANAGED: ("{} is declared", "{} : déclaré"),
    State.UNPROVEN: ("{} can be read", "{} : lisible"),
}
VERDICTS = {
    State.IN_SYNC: Verdict.PASS,
    State.CHANGED: Verdict.FAIL,
    State.MISSING: Verdict.FAIL,
    State.UNMANAGED: Verdict.FAIL,
    State.UNPROVEN: Verdict.UNPROVEN,
}


def records(
    findings: Sequence[Finding], expected: Expectation, inventory: Inventory, allowed: Allowed, today: date
) -> Iterator[Record]:
    """A record for each finding, for entries of the allow-list that let nothing be, and for the clock."""
    declared = {one.id: one for kind in expected.things.values() for one in kind}
    for finding in findings:
        step = severity(finding, declared)
        yield _record(finding, step, allowed, today)
    yield from entries_that_idle(allowed, findings, today)
    yield _clock(inventory)


def entries_that_idle(allowed: Allowed, findings: Sequence[Finding], today: date) -> Iterator[Record]:
    """A record for each entry of the allow-list that lets nothing be."""
    for line, entry, why in idle(allowed, findings, today):
        yield record(
            "drift-allow-list",
            f"{allowed.label}:{line}",
            Verdict.FAIL,
            ("Entries of the allow-list hold", "Les entrées de la liste d'exceptions tiennent"),
            evidence=f"{entry}: {why}",
            severity=Severity.MEDIUM,
            fix=f"edit {allowed.label}",
        )


def titles(finding: Finding) -> tuple[str, str]:
    """What holds where it is a pass, English and French."""
    kind = finding.kind[0].upper() + finding.kind[1:]
    en, fr = _TITLES[finding.state]
    return en.format(kind, finding.field), fr.format(kind, finding.field)


def _record(finding: Finding, step: Severity | None, allowed: Allowed, today: date) -> Record:
    entry = allowed.entry(finding, today)
    masked = finding.field.partition(".")[0] in MASKED
    changed = finding.state is State.CHANGED
    return record(
        check_id(finding),
        target(finding),
        Verdict.WAIVED if entry else VERDICTS[finding.state],
        titles(finding),
        evidence=_evidence(finding),
        expected=_shown(finding.expected, masked) if changed else None,
        observed=_shown(finding.observed, masked) if changed else None,
        severity=step,
        fix=next_command(finding) or None,
        waiver=entry.waiver() if entry else None,
    )


def check_id(finding: Finding) -> str:
    """`drift-<kind>-<state>`, and for what changed its field."""
    kind = re.sub(r"[^a-z0-9]+", "-", finding.kind.lower()).strip("-")
    if finding.state is State.CHANGED:
        return f"drift-{kind}.{finding.field}"[:250]
    return f"drift-{kind}-{finding.state.replace(' ', '-')}"


def target(finding: Finding) -> str:
    """Its name and, since names may be given twice, its id."""
    name = finding.label if finding.name else finding.kind
    number = f" ({finding.id})" if finding.id and finding.id != finding.name else ""
    return f"{name[: _LONGEST - len(number)]}{number}"[:_LONGEST]  # long names must not hide the id


def _evidence(finding: Finding) -> str:
    """What is so, who did it and when, then what the thing is: tables cut long evidence at its end."""
    parts = [_what(finding)]
    if finding.cause:
        parts.append(f"who and when: {finding.cause}")
    if finding.state is State.UNMANAGED:
        parts.append(_facts(finding))
    return "; ".join(parts)


def _what(finding: Finding) -> str:
    match finding.state:
        case State.CHANGED:
            here = finding.declared
            return f"{finding.field} is not what {here.stack if here else 'the state'} declares"
        case State.MISSING:
            here = finding.declared
            return f"{here.stack if here else 'a state'} declares it; no list has it and GET answers 404"
        case State.UNMANAGED:
            return "no stack declares it"
        case _:
            return finding.why


def _facts(finding: Finding) -> str:
    said = {key: value for key, value in (finding.found.fields if finding.found else {}).items() if value}
    text = ", ".join(f"{key}={_shown(value, key in MASKED)}" for key, value in said.items())
    return (text or "it says nothing about itself")[:600]


def _shown(value: Any, masked: bool) -> str:
    if value is None:
        return "nothing"
    if masked:
        return "set" if value == "set" else "not set"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _clock(inventory: Inventory) -> Record:
    skew = inventory.skew
    holds = skew is not None and abs(skew) <= MOST_SKEW
    said = (
        "no service told its time"
        if skew is None
        else f"the services' clocks differ from ours by {skew:.0f} s at most"
    )
    return record(
        "drift-clock",
        "cloud",
        Verdict.PASS if holds else Verdict.UNPROVEN,
        ("The cloud's clock is ours", "L'horloge du nuage est la nôtre"),
        evidence=said,
        fix=None if holds else "set the clock of this machine, then run `socle drift` again",
    )


def counted(requests: Mapping[str, int]) -> str:
    """How the cloud was asked, in words."""
    return f"{requests.get('bulk', 0)} requests for lists, {requests.get('item', 0)} for single things"
