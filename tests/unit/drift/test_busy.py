"""Who works on stacks while they are read is seen, and waited for; looking holds up nobody."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from socle.drift import unsettled
from socle.drift.allowed import Allowed
from socle.drift.busy import Busy, Watch
from socle.drift.compare import Finding, State
from socle.drift.records import record
from socle.drift.thing import Declared
from socle.env import Environment
from socle.errors import UserError
from socle.local.turns import holder, only_one, turn
from socle.records import Record, Verdict

STATE = ".pulumi/stacks/hdh/local-{}.json"
NOBODY = Allowed("none", ())


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    variables = {
        "SOCLE_STACK": "local-platform",
        "OS_CLIENT_CONFIG_FILE": "x",
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
    }
    for layer in ("platform", "data", "space-alpha"):
        written(tmp_path, layer, "1")
    (tmp_path / "locks").mkdir()
    return Environment("local", tmp_path, variables)


def written(folder: Path, layer: str, content: str) -> None:
    file = folder / "backend" / STATE.format(layer)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


def locked(folder: Path, stack: str, **said: Any) -> Path:
    """Pulumi's lock, as it writes one; by this very process unless said otherwise."""
    file = folder / f"backend/.pulumi/locks/organization/hdh/{stack}/it.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    holding = {"pid": os.getpid(), "username": "anna", "hostname": socket.gethostname(),
               "timestamp": datetime.now(UTC).isoformat(), **said}  # fmt: skip
    file.write_text(json.dumps(holding))
    return file


def between(environment: Environment, *acts: Any) -> tuple[Watch, Busy]:
    """What a watch says of a time in which all of it was done."""
    watch = Watch(environment)
    before = watch.start()
    for act in acts:
        act()
    return watch, watch.end(before)


def test_nobody_is_seen_where_nobody_was(environment: Environment) -> None:
    watch, busy = between(environment)
    assert (busy.why, watch.seen, watch.blind) == ({}, {}, "")


@pytest.mark.parametrize("when", ["before", "meanwhile", "at the end"])
def test_a_lock_held_at_any_moment_concerns_its_stack_alone(environment: Environment, when: str) -> None:
    folder, watch = environment.folder, Watch(environment)
    file = locked(folder, "local-data") if when == "before" else None
    before = watch.start()
    file = file or locked(folder, "local-data")
    if when != "at the end":
        file.unlink()
        written(folder, "data", "2")
    busy = watch.end(before)
    assert busy.of("local-data")
    assert ("anna@" in busy.of("local-data")) is (when != "meanwhile")
    assert busy.of("local-platform") == ""
    assert busy.anywhere() == busy.of("local-data")


def test_a_holder_on_another_machine_may_be_at_work_and_a_dead_one_here_is_not(
    environment: Environment,
) -> None:
    locked(environment.folder, "local-data", hostname="desk-3", pid=4711)
    locked(environment.folder, "local-platform", pid=2**22 - 1)
    _, busy = between(environment)
    assert set(busy.why) == {"local-data"}
    assert "anna@desk-3:4711" in busy.of("local-data")


def test_other_environments_in_the_same_database_are_nobodys_business(environment: Environment) -> None:
    locked(environment.folder, "production-data")
    _, busy = between(environment, lambda: written(environment.folder, "data", "1"))
    assert busy.why == {}


def test_a_verb_on_everything_concerns_all_and_one_on_a_space_its_own(environment: Environment) -> None:
    with only_one(environment.folder / "run.lock"):
        _, busy = between(environment)
    assert f"process {os.getpid()}" in busy.of("local-space-alpha")
    assert busy.of_host("local-bastion")
    space = environment.folder / "locks/local-space-alpha.lock"
    with turn(space, "it", print):
        _, busy = between(environment)
    assert set(busy.why) == {"local-space-alpha"}
    assert busy.of_host("local-alpha-desk")
    assert busy.of_host("local-beta-desk") == busy.of_host("local-bastion") == ""


def test_a_verb_that_came_and_went_meanwhile_is_seen(environment: Environment) -> None:
    def come_and_go() -> None:
        with only_one(environment.folder / "run.lock"):
            pass

    _, busy = between(environment, come_and_go)
    assert "worked on it while it was read" in busy.of("local-data")


def test_work_on_the_platforms_hosts_concerns_its_hosts(environment: Environment) -> None:
    with turn(environment.folder / "locks/hosts.lock", "it", print):
        _, busy = between(environment)
    assert busy.of_host("local-bastion")
    assert busy.of("local-platform") == busy.anywhere() == ""


def test_a_backend_that_cannot_be_looked_into_leaves_the_watch_blind(environment: Environment) -> None:
    elsewhere = Environment(
        "local", environment.folder, {**environment.variables, "PULUMI_BACKEND_URL": "s3://x"}
    )
    watch, _ = between(elsewhere)
    assert "s3" in watch.blind


def test_it_waits_for_who_works_and_no_longer_than_it_was_told(environment: Environment) -> None:
    file, slept, said = locked(environment.folder, "local-data"), list[float](), list[str]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            file.unlink()

    watch = Watch(environment, 60, said.append, sleep)
    assert watch.start().holds == {}
    assert (len(slept), len(said)) == (3, 1)
    locked(environment.folder, "local-data")
    impatient = Watch(environment, 5, said.append, slept.append)
    slept.clear()
    assert impatient.end(impatient.start()).of("local-data")
    assert sum(slept) == 5


def test_looking_holds_up_nobody(tmp_path: Path) -> None:
    path, stop = tmp_path / "run.lock", threading.Event()
    path.touch()

    def look() -> None:
        while not stop.is_set():
            holder(path)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    with _all(lookers, stop):
        for _ in range(100):
            with only_one(path):
                pass
        with only_one(path), pytest.raises(UserError), only_one(path):
            pass


@contextmanager
def _all(threads: Iterable[threading.Thread], stop: threading.Event) -> Any:
    for one in threads:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in threads:
            one.join()


def finding(state: State, stack: str = "", kind: str = "network", field: str = "") -> Finding:
    here = Declared(kind, "id", "name", {}, "urn", stack) if stack else None
    return Finding(state, kind, "id", "name", field, declared=here)


@pytest.mark.parametrize(
    ("one", "settled"),
    [
        (finding(State.IN_SYNC, "local-data"), False),
        (finding(State.CHANGED, "local-data", field="mtu"), False),
        (finding(State.MISSING, "local-data"), False),
        (finding(State.UNMANAGED), False),
        (finding(State.IN_SYNC, "local-platform"), True),
        (finding(State.CHANGED, "local-platform", field="mtu"), True),
        (finding(State.CHANGED, "local-platform", "router", "routes"), False),
        (finding(State.MISSING, "local-platform"), True),
    ],
)
def test_verdicts_on_what_was_worked_on_are_taken_back(one: Finding, settled: bool) -> None:
    busy = Busy({"local-data": "anna holds its lock"})
    (said,) = unsettled.findings([one], busy, NOBODY, date.today())
    assert (said == one) is settled
    assert settled or (said.state is State.UNPROVEN and "anna holds its lock; as read, it was" in said.why)


def test_records_are_taken_back_only_where_they_claim_something() -> None:
    def said(verdict: Verdict) -> Record:
        return record("drift-code", "local-data", verdict, ("a", "b"), evidence="it is so")

    claims = [said(Verdict.PASS), said(Verdict.FAIL), said(Verdict.NOT_APPLICABLE)]
    found = list(unsettled.records(claims, "anna holds its lock"))
    assert [it.verdict for it in found] == [Verdict.UNPROVEN, Verdict.UNPROVEN, Verdict.NOT_APPLICABLE]
    assert "as read, it was fail: it is so" in found[1].evidence
    assert list(unsettled.records(claims, "")) == claims
