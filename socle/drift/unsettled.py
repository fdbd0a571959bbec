"""Takes back verdicts on what somebody worked on while it was read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from socle.drift.allowed import Allowed
from socle.drift.busy import Busy
from socle.drift.compare import Finding, State
from socle.drift.records import AGAIN
from socle.records import Record, Verdict

_OF_OTHERS = frozenset(
    (
        ("router", "routes"),
        ("subnet", "host_routes"),
        ("floating IP", "port_id"),
        ("floating IP", "fixed_ip_address"),
        ("volume", "attached_to"),
        ("volume", "status"),
        ("port", "device_id"),
        ("port", "device_owner"),
        ("server", "server_groups"),
        ("server group", "members"),
    )
)
"""What a resource of another stack may set: a route, an association, an attachment."""


def findings(found: Iterable[Finding], busy: Busy, allowed: Allowed, today: date) -> list[Finding]:
    """The same, unproven where a run was at it; whatever nobody declares may be a run's that is under way."""
    return [_unsettled(one, _why(one, busy, allowed, today)) for one in found]


def _why(one: Finding, busy: Busy, allowed: Allowed, today: date) -> str:
    if one.state is State.UNMANAGED:
        return "" if allowed.entry(one, today) else busy.anywhere()
    if one.state is State.CHANGED and (one.kind, one.field) in _OF_OTHERS:
        return busy.anywhere()
    return busy.of(one.declared.stack) if one.declared and one.declared.stack else ""


def _unsettled(one: Finding, why: str) -> Finding:
    if not why or one.state is State.UNPROVEN:
        return one
    read = f"{one.state}: {one.field}" if one.field else str(one.state)
    return replace(one, state=State.UNPROVEN, why=f"{why}; as read, it was {read}")


def records(said: Iterable[Record], why: str) -> Iterator[Record]:
    """The same of records: what passed or failed is unproven where `why` is not empty."""
    for one in said:
        if not why or one.verdict not in (Verdict.PASS, Verdict.FAIL):
            yield one
            continue
        evidence = f"{why}; as read, it was {one.verdict}: {one.evidence}"
        yield one.model_copy(
            update={"verdict": Verdict.UNPROVEN, "evidence": evidence, "severity": None, "fix": AGAIN}
        )
