"""From control and state to the record: applicability, check, waiver, verdict."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from socle import records
from socle.records import Record, Verdict
from tests.hosts.catalogue import Control, Waiver, controls, not_here, waivers
from tests.hosts.checks import CHECKS, Host, State, Unproven


def _waiver(
    control: Control, host: Host, subjects: set[str], listed: Iterable[Waiver], today: date
) -> Waiver | None:
    """The waiver that covers every subject in violation, if one stands today."""
    for waiver in listed:
        covered = waiver.control == control.id and waiver.covers(host.name, today)
        if covered and subjects <= set(waiver.accounts):
            return waiver
    return None


def judge(control: Control, host: Host, state: State, *, today: date | None = None) -> Record:
    """One record. A waived control is never a pass, and what could not be read is unproven."""
    today = today or datetime.now(UTC).date()
    waiver: Waiver | None = None
    expected = observed = None
    absent = not_here(control, host)
    if absent:
        verdict, evidence = Verdict.NOT_APPLICABLE, absent
    else:
        try:
            outcome = CHECKS[control.kind](control.parameters, state, host)
        except Unproven as reason:
            verdict, evidence = Verdict.UNPROVEN, str(reason)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            # A state of unknown shape proves nothing, and must not take the other checks down.
            verdict, evidence = Verdict.UNPROVEN, f"state not understood: {type(error).__name__}: {error}"
        else:
            evidence, verdict = outcome.evidence, Verdict.PASS
            if outcome.violations:
                observed = "; ".join(v.said for v in outcome.violations)
                expected = control.title.en
                waiver = _waiver(control, host, {v.subject for v in outcome.violations}, waivers(), today)
                verdict = Verdict.WAIVED if waiver else Verdict.FAIL
    return Record(
        check=control.id,
        target=host.name,
        verdict=verdict,
        title=_titled(control),
        evidence=evidence,
        expected=expected,
        observed=observed,
        clauses=control.clauses,
        fix=_fix(control, host, today) if verdict is Verdict.FAIL else None,
        waiver=_recorded(waiver) if waiver else None,
    )


def unproven(control: Control, target: str, why: str) -> Record:
    """The record of a control on a host that could not be looked at."""
    return Record(
        check=control.id,
        target=target,
        verdict=Verdict.UNPROVEN,
        title=_titled(control),
        evidence=why,
        clauses=control.clauses,
        fix=None,
    )


def _titled(control: Control) -> records.Text:
    return records.Text(en=control.title.en, fr=control.title.fr)


def _fix(control: Control, host: Host, today: date) -> str:
    """What to do about a failure; an excuse that has ended is the first thing to say."""
    for waiver in waivers():
        if waiver.control == control.id and waiver.names(host.name) and waiver.expiry < today:
            return f"its waiver ended on {waiver.expiry}: enforce the control, or have it approved anew"
    return "converge again: ansible-playbook playbooks/site.yml"


def _recorded(waiver: Waiver) -> records.Waiver:
    said = waiver.reason.en.strip()
    return records.Waiver(reason=said, owner=waiver.owner, approver=waiver.approver, expiry=waiver.expiry)


def judge_all(host: Host, state: State) -> list[Record]:
    """Every control on one host."""
    return [judge(control, host, state) for control in controls()]


def failing(host: Host, state: State) -> dict[str, str]:
    """Controls that do not hold, or could not be read, with what was seen."""
    bad = (Verdict.FAIL, Verdict.UNPROVEN)
    return {r.check: r.observed or r.evidence for r in judge_all(host, state) if r.verdict in bad}
