"""One scan: the pairs that were asked for, each to its records. What fails in one pair stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from infra.facts import FactError
from infra.specification import load as load_specification
from socle import check
from socle.drift import engine, inventory, judge
from socle.drift.allowed import Allowed
from socle.drift.asking import Reader
from socle.drift.compare import compare
from socle.drift.declared import expectation
from socle.drift.records import AGAIN, record
from socle.env import Environment
from socle.errors import FailureError, SocleError, UnprovenError, UserError
from socle.records import Record, RecordSet, Verdict


class Pair(StrEnum):
    """What is compared with what."""

    CODE = "code"
    REFRESH = "refresh"
    CLOUD = "cloud"
    HOSTS = "hosts"


@dataclass
class Scan:
    """What one scan needs. `cloud`, `manager`: open connections; the second reads our domain, if any may."""

    environment: Environment
    allowed: Allowed
    cloud: Callable[[], Any]
    manager: Callable[[], Any] | None = None
    limited: bool = False
    """Whether that credential can do nothing but read."""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    requests: Mapping[str, int] = field(default_factory=dict)

    def run(self, pairs: Iterable[Pair]) -> RecordSet:
        """Every record of these pairs."""
        ways: dict[Pair, Callable[[], Iterable[Record]]] = {
            Pair.CODE: lambda: self._each(engine.code),
            Pair.REFRESH: lambda: self._each(engine.refresh),
            Pair.CLOUD: self._cloud,
            Pair.HOSTS: lambda: check.run(self.environment),
        }
        return RecordSet.of(record for pair in dict.fromkeys(pairs) for record in _attempt(pair, ways[pair]))

    def _each(self, look: Callable[[Environment, str], Iterator[Record]]) -> Iterator[Record]:
        for stack in self.environment.stacks:
            yield from look(self.environment, stack)

    def _cloud(self) -> Iterator[Record]:
        states, unread = self._states()
        yield from unread
        expected = expectation(states)
        reader = Reader(self.cloud())
        manager = Reader(self.manager()) if self.manager else None
        identities = _delegated(self.environment) or any(
            kind in expected.things for kind in ("project", "user")
        )
        there = inventory.take(reader, manager, expected, identities=identities)
        _same_cloud(reader, expected.projects)
        absent = inventory.confirm(reader, manager, expected, there)
        self.requests = reader.requests + (manager.requests if manager else type(reader.requests)())
        yield _reader(self.limited)
        findings = compare(expected, there, absent)
        yield from judge.records(findings, expected, there, self.allowed, self.today)

    def _states(self) -> tuple[dict[str, dict[str, Any]], Sequence[Record]]:
        """Of every stack; one that cannot be read leaves what it declares unproven, and unmanaged to us."""
        states, unread = {}, []
        for stack in self.environment.stacks:
            try:
                state = engine.exported(self.environment, stack)
                if not (state.get("deployment") or {}).get("resources"):
                    raise UserError("never deployed", stack, f"bring it up: pulumi up -s {stack}")
                states[stack] = state
            except SocleError as error:
                unread.append(_unproven(f"stack {stack}", str(error)))
        if not states:
            raise UserError(
                f"no stack of environment {self.environment.name} can be read: {unread[0].evidence}"
                if unread
                else f"environment {self.environment.name} has no stack",
                "socle drift",
                "bring it up first, or name another --cloud",
            )
        return states, unread


def _same_cloud(reader: Reader, declared: frozenset[str]) -> None:
    """UserError when the states speak of another project than the credential opens."""
    try:
        project, _, _ = inventory.whose(reader)
    except Exception:
        return  # nobody logged in: every kind is unproven already
    if declared and project not in declared:
        raise UserError(
            f"the states are of project {', '.join(sorted(declared))}, the credential opens {project}",
            "socle drift",
            "set OS_CLOUD to the cloud that these stacks stand on, or PULUMI_BACKEND_URL to its states",
        )


def _delegated(environment: Environment) -> bool:
    try:
        return bool(load_specification(f"{environment.name}-platform").profile.delegates_projects)
    except FactError as error:
        raise UserError(str(error)) from None


def _attempt(pair: Pair, look: Callable[[], Iterable[Record]]) -> Iterator[Record]:
    """Its records; what could not be looked at is unproven. Bad input ends the whole scan."""
    try:
        yield from look()
    except UserError:
        raise
    except (UnprovenError, FailureError) as error:
        yield _unproven(f"pair {pair}", str(error))


def _reader(limited: bool) -> Record:
    title = ("The scan's credential can only read", "L'identifiant de l'examen ne peut que lire")
    said = "its access rules name lists and single things, GET and HEAD"
    loose = "the environment's own is used, which can write; `socle drift credential` makes one that cannot"
    verdict = Verdict.PASS if limited else Verdict.NOT_APPLICABLE
    return record("drift-credential", "cloud", verdict, title, evidence=said if limited else loose)


def _unproven(target: str, why: str) -> Record:
    title = ("It can be compared", "La comparaison est possible")
    return record("drift-scan", target, Verdict.UNPROVEN, title, evidence=why, fix=AGAIN)
