"""One scan: the pairs that were asked for, each to its records. What fails in one pair stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from infra.facts import FactError
from infra.specification import load as load_specification
from socle.drift import absence, cause, engine, inventory, judge, unsettled
from socle.drift.allowed import Allowed
from socle.drift.asking import Reader
from socle.drift.busy import Watch
from socle.drift.compare import compare
from socle.drift.declared import expectation
from socle.drift.hosts.look import look
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
    watch: Watch | None = None
    """Who looks whether somebody works on the stacks meanwhile; one that does not wait unless given."""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    requests: Mapping[str, int] = field(default_factory=dict)

    def run(self, pairs: Iterable[Pair]) -> RecordSet:
        """Every record of these pairs."""
        watch = self.watch or Watch(self.environment)
        ways: dict[Pair, Callable[[], Iterable[Record]]] = {
            Pair.CODE: lambda: self._code(watch),
            Pair.REFRESH: lambda: self._refresh(watch),
            Pair.CLOUD: lambda: self._cloud(watch),
            Pair.HOSTS: lambda: self._hosts(watch),
        }
        found = [record for pair in dict.fromkeys(pairs) for record in _attempt(pair, ways[pair])]
        return RecordSet.of([*found, _alone(watch)])

    def _code(self, watch: Watch) -> Iterator[Record]:
        """A program reads what other stacks gave out: a run on any of them may show in its preview."""
        for stack in self.environment.stacks:
            before = watch.start()
            said = list(engine.code(self.environment, stack))
            why = watch.end(before).anywhere()
            yield from unsettled.records(said, why)

    def _refresh(self, watch: Watch) -> Iterator[Record]:
        for stack in self.environment.stacks:
            before = watch.start()
            said = list(engine.refresh(self.environment, stack))
            why = watch.end(before).of(stack)
            yield from unsettled.records(said, why)

    def _hosts(self, watch: Watch) -> Iterator[Record]:
        before = watch.start()
        allowed = self.allowed.of(hosts=True)
        said = list(look(self.environment, self.cloud, allowed, self.today))
        busy = watch.end(before)
        for one in said:
            yield from unsettled.records([one], busy.of_host(one.target))

    def _cloud(self, watch: Watch) -> Iterator[Record]:
        before = watch.start()
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
        absent = absence.confirm(reader, manager, expected, there)
        yield _reader(self.limited)
        allowed = self.allowed.of(hosts=False)
        found, busy = compare(expected, there, absent), watch.end(before)
        settled = unsettled.findings(found, busy, allowed, self.today)
        findings = cause.learnt(settled, reader, there)
        self.requests = reader.requests + (manager.requests if manager else type(reader.requests)())
        yield from judge.records(findings, expected, there, allowed, self.today)

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


def _alone(watch: Watch) -> Record:
    title = (
        "Nobody works on the stacks while they are read",
        "Personne ne travaille sur les piles pendant la lecture",
    )
    if watch.blind:
        said = f"who works on the stacks cannot be seen: {watch.blind}"
    else:
        said = "; ".join(f"{scope or watch.environment.name}: {why}" for scope, why in watch.seen.items())
    if not said:
        held = "no lock was held and no state written while they were read"
        return record("drift-lock", watch.environment.name, Verdict.PASS, title, evidence=held)
    fix = "wait until it ends, then run `socle drift` again, or let it wait: --wait 1800"
    return record("drift-lock", watch.environment.name, Verdict.UNPROVEN, title, evidence=said, fix=fix)


def _reader(limited: bool) -> Record:
    title = ("The scan's credential can only read", "L'identifiant de l'examen ne peut que lire")
    said = "its access rules name lists and single things, GET and HEAD"
    loose = "the environment's own is used, which can write; `socle drift credential` makes one that cannot"
    verdict = Verdict.PASS if limited else Verdict.NOT_APPLICABLE
    return record("drift-credential", "cloud", verdict, title, evidence=said if limited else loose)


def _unproven(target: str, why: str) -> Record:
    title = ("It can be compared", "La comparaison est possible")
    return record("drift-scan", target, Verdict.UNPROVEN, title, evidence=why, fix=AGAIN)
