"""Findings on hosts as records: how much each matters, and the next command. Says it; runs nothing. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import date

from socle.drift import judge
from socle.drift.allowed import Allowed
from socle.drift.compare import Finding, State
from socle.drift.records import AGAIN, record
from socle.drift.repair import ALLOW
from socle.records import Record, Severity, Verdict

_STEPS = tuple(Severity)
_STRANGERS = {
    "host account": Severity.CRITICAL,
    "host key": Severity.CRITICAL,
    "host sudoers file": Severity.CRITICAL,
    "host capability": Severity.CRITICAL,
    "host firewall rule": Severity.CRITICAL,
    "host group": Severity.MEDIUM,
}
"""Of what nobody declared; high for a kind that is not here."""
_CRITICAL = frozenset(
    (
        ("host account", "root"),
        ("host account", "uid"),
        ("host account", "password"),
        ("host account", "shell"),
        ("host group", "members"),
        ("host sudoers file", "content"),
        ("host sudoers file", "mode"),
        ("host sudoers file", "owner"),
        ("host listener", "program"),
        ("host key", "options"),
    )
)
_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")
_CONVERGE = "ansible-playbook playbooks/site.yml --limit {host}"
_REMOVE = {
    "host package": "sudo apt-get purge {}",
    "host account": "sudo userdel {}",
    "host group": "sudo groupdel {}",
    "host unit": "sudo rm {} && sudo systemctl daemon-reload",
    "host timer": "sudo rm {} && sudo systemctl daemon-reload",
    "host cron entry": "sudo rm {}",
    "host sudoers file": "sudo rm {}",
    "host start file": "sudo rm {}",
    "host capability": "sudo setcap -r {}",
    "host mount": "sudo umount {}",
}
_LOOK = {
    "host listener": "sudo ss -lntup",
    "host key": "sudo cat {}",
    "host firewall rule": "sudo nft -a list ruleset",
}


def records(
    host: str, found: Sequence[Finding], allowed: Allowed, today: date, *, health: bool
) -> Iterator[Record]:
    """A record for each finding on a host. `health`: whether it works on health data."""
    for one in found:
        entry = allowed.entry(one, today)
        en, fr = judge.titles(one)
        if one.state is State.IN_SYNC:  # of a whole kind, see compare.py
            en = en.replace(" is as declared", ": all as declared")
        changed = one.state is State.CHANGED
        yield record(
            judge.check_id(one),
            f"{host}: {one.kind.removeprefix('host ')} {one.name}",
            Verdict.WAIVED if entry else judge.VERDICTS[one.state],
            (en, fr),
            evidence=_evidence(one),
            expected=_shown(one.expected) if changed else None,
            observed=_shown(one.observed) if changed else None,
            severity=severity(one, health=health),
            fix=next_command(host, one) or None,
            waiver=entry.waiver() if entry else None,
        )


def severity(one: Finding, *, health: bool) -> Severity | None:
    """One step higher where health data is; None for what is no finding."""
    if one.state in (State.IN_SYNC, State.UNPROVEN):
        return None
    if one.state is State.UNMANAGED:
        step = _STRANGERS.get(one.kind, Severity.HIGH)
    elif one.state is State.MISSING:
        step = (
            Severity.HIGH
            if one.kind in ("host unit", "host listener", "host firewall rule")
            else Severity.MEDIUM
        )
    else:
        step = Severity.CRITICAL if (one.kind, one.field) in _CRITICAL else Severity.HIGH
    return _STEPS[min(_STEPS.index(step) + 1, len(_STEPS) - 1)] if health else step


def next_command(host: str, one: Finding) -> str:
    """One line. What nobody declared is looked at before it goes: it may be an intruder's only trace."""
    converge = _CONVERGE.format(host=host)
    match one.state:
        case State.UNPROVEN:
            return AGAIN
        case State.CHANGED | State.MISSING:
            return "ansible-playbook playbooks/update.yml" if one.kind == "host package" else converge
        case State.UNMANAGED:
            name = one.name.partition(" #")[0]
            if one.kind == "host key":
                name = name.partition(" ")[0]
            way = _REMOVE.get(one.kind) or _LOOK[one.kind]
            if "{}" in way and not _PLAIN.fullmatch(name):
                return f"look by hand: socle hosts ssh {host}; {ALLOW}"
            inner = way.replace("{}", name)
            verb = "remove" if one.kind in _REMOVE else "look"
            return f"{verb}: socle hosts ssh {host} -- {shlex.quote(inner)}; declare it in a role, {ALLOW}"
        case _:
            return ""


def _evidence(one: Finding) -> str:
    match one.state:
        case State.CHANGED:
            return f"{one.field} is not what the roles, the tables or the image declare"
        case State.MISSING:
            return "declared, and not there"
        case State.UNMANAGED if one.found:
            said = ", ".join(f"{key}={_shown(value)}" for key, value in one.found.fields.items() if value)
            return f"no role, table or image declares it; {said}"[:600]
        case _:
            return one.why


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
