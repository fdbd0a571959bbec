"""What waivers excuse on hosts that were read: one that excuses nothing any more is a finding."""

from __future__ import annotations

from collections.abc import Mapping

from socle.records import Record, Text, Verdict
from tests.hosts.catalogue import Control, Waiver, controls, not_here
from tests.hosts.checks import CHECKS, Host, State, Unproven

TITLE = Text(
    en="A waiver names hosts and accounts that still need it",
    fr="Une dérogation nomme des serveurs et comptes qui en ont encore besoin",
)
TARGET = "controls/waivers.yaml"


def _seen(control: Control, host: Host, state: State) -> set[str]:
    """Subjects that violate the control on one host; Unproven when it cannot be told."""
    try:
        outcome = CHECKS[control.kind](control.parameters, state, host)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Unproven(f"state not understood: {type(error).__name__}: {error}") from error
    return {violation.subject for violation in outcome.violations}


def judge_waiver(waiver: Waiver, found: Mapping[str, Host | str], states: Mapping[str, State]) -> Record:
    """One record about a waiver, over every declared host; `found` gives for each the host, or why it is not.

    Every account that it names must violate the control on one of its hosts. Not applicable where none of
    its hosts is of this environment; unproven when a host that might need it could not be read.
    """
    control = next(one for one in controls() if one.id == waiver.control)
    named = {name: host for name, host in found.items() if waiver.names(name)}
    needed: set[str] = set()
    unread: dict[str, None] = {}
    for name, host in named.items():
        try:
            if isinstance(host, str):
                raise Unproven(host)
            if not not_here(control, host):
                needed |= _seen(control, host, states[name])
        except Unproven as why:
            unread[str(why)] = None
    idle = [account for account in waiver.accounts if account not in needed]
    observed = fix = None
    if not named:
        verdict, evidence = Verdict.NOT_APPLICABLE, f"names no host of this environment: {waiver.hosts}"
    elif idle and unread:
        verdict, evidence = Verdict.UNPROVEN, "; ".join(unread)
    else:
        verdict, evidence = Verdict.PASS, f"needed for {', '.join(sorted(needed & set(waiver.accounts)))}"
        if idle:
            verdict, evidence = Verdict.FAIL, f"looked for on {', '.join(named)}"
            observed = f"{waiver.control} is excused for {', '.join(idle)}, who do nothing that needs it"
            fix = f"take {', '.join(idle)} out of the waiver, or remove it: {TARGET}"
    return Record(
        check=f"waiver-{waiver.control}",
        target=TARGET,
        verdict=verdict,
        title=TITLE,
        evidence=evidence,
        expected=TITLE.en if observed else None,
        observed=observed,
        clauses=control.clauses,
        fix=fix,
    )
