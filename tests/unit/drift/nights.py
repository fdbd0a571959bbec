"""Nights for tests: records as a scan makes them, and reports of them in a chain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from socle.drift.chain import Chain
from socle.drift.night import Night
from socle.drift.records import record
from socle.records import Record, RecordSet, Severity, Verdict, Waiver

TITLE = ("It is as declared", "Conforme")
ALL = ("code", "refresh", "cloud", "hosts")


def waiver() -> Waiver:
    expiry = datetime.now(UTC).date() + timedelta(days=30)
    return Waiver(reason="accepted for now", owner="us", approver="them", expiry=expiry)


def one(
    check: str, target: str, verdict: Verdict = Verdict.FAIL, evidence: str = "seen", **more: str
) -> Record:
    allowed = waiver() if verdict is Verdict.WAIVED else None
    severity = Severity.HIGH if verdict is Verdict.FAIL else None
    return record(check, target, verdict, TITLE, evidence=evidence, waiver=allowed, severity=severity, **more)


def changed(name: str, field: str = "security_groups", verdict: Verdict = Verdict.FAIL) -> Record:
    return one(f"drift-port.{field}", f"port {name} (id-{name})", verdict, "not what is declared")


def in_sync(name: str) -> Record:
    return one("drift-port-in-sync", f"port {name} (id-{name})", Verdict.PASS)


def stranger(name: str) -> Record:
    return one("drift-port-unmanaged", f"port {name} (id-{name})", Verdict.FAIL, "no stack declares it")


def unread(kind: str = "port", verdict: Verdict = Verdict.UNPROVEN) -> Record:
    return one(f"drift-{kind.replace(' ', '-')}-unproven", f"{kind} all", verdict, "neutron answers 500")


def host(check: str, name: str, verdict: Verdict) -> Record:
    return one(check, name, verdict).model_copy(update={"tool": "tests/hosts"})


def night(number: int, records: Iterable[Record], pairs: Iterable[str] = ("cloud",)) -> Night:
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=number)
    return Night(number, at, frozenset(pairs), RecordSet.of(records))


def keep(chain: Chain, *nights: Iterable[Record], pairs: Iterable[str] = ("cloud",)) -> Chain:
    for records in nights:
        chain.add(RecordSet.of(records), {"pairs": list(pairs)}, 100)
    return chain
