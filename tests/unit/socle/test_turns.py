"""Who waits for whom: work on a space beside each other, of everything alone, and nobody for the dead."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from socle.env import Environment
from socle.errors import FailureError, UserError
from socle.local import turns
from socle.local.progress import PlainReporter
from socle.local.run import Context, Step, run_steps
from socle.local.turns import turn
from socle.paths import ROOT
from socle.space import telling

HOSTS = ["local-bastion", "local-services"]
ALPHA, BETA = "local-space-alpha", "local-space-beta"

# A process of its own: it holds a lock until its standard input ends.
HOLDER = """
import pathlib, sys
from socle.local.turns import turn
with turn(pathlib.Path(sys.argv[1]), "it", print, shared=sys.argv[2] == "shared"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "POLL", 0.02)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    variables = {"SOCLE_STACK": "local-platform", "OS_CLIENT_CONFIG_FILE": "x"}
    return Environment("local", tmp_path, variables)


@contextmanager
def held(path: Path, how: str = "alone") -> Iterator[subprocess.Popen[str]]:
    """Another process holds the lock."""
    argv = [sys.executable, "-c", HOLDER, str(path), how]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.stdin.close()


def _step(work: Callable[[Context], None]) -> list[Step]:
    return [Step("one", "One", work)]


def _run(environment: Environment, work: Callable[[Context], None], space: str = "") -> str:
    """One run in a thread of its own; what it printed. Signals are the main thread's alone."""
    out = io.StringIO()
    run_steps(_step(work), environment, PlainReporter(out), "again", space=space)
    return out.getvalue()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadPoolExecutor]:
    """Runs beside each other. Only a main thread may set signals, which is not what is looked at here."""

    @contextmanager
    def nothing() -> Iterator[None]:
        yield

    monkeypatch.setattr("socle.local.run.signals_as_interrupt", nothing)
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_runs_on_different_spaces_go_on_beside_each_other(
    environment: Environment, threads: ThreadPoolExecutor
) -> None:
    both = threading.Barrier(2, timeout=10)  # breaks when one waits for the other to end
    logs: list[Path] = []

    def work(context: Context) -> None:
        logs.append(context.log)
        context.say("here")
        both.wait()

    for run in [threads.submit(_run, environment, work, space) for space in (ALPHA, BETA)]:
        run.result(20)
    assert sorted(log.parent.name for log in logs) == [ALPHA, BETA]
    assert [log.read_text() for log in logs] == ["here\n"] * 2


def test_two_runs_on_one_space_come_one_after_the_other(
    environment: Environment, threads: ThreadPoolExecutor
) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work(_context: Context) -> None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.4)
        inside.pop()

    together = threading.Barrier(3, timeout=10)

    def begin() -> str:
        together.wait()
        return _run(environment, work, ALPHA)

    said = [run.result(20) for run in [threads.submit(begin) for _ in range(3)]]
    assert most == [1, 1, 1]
    assert sum(f"stack {ALPHA}: waiting for " in text for text in said) == 2
    assert sum(f"stack {ALPHA}: free after 0:0" in text for text in said) == 2


def test_a_run_of_everything_is_refused_while_a_space_is_worked_on_and_the_other_way_waits(
    environment: Environment, threads: ThreadPoolExecutor
) -> None:
    lock = environment.folder / "run.lock"
    with held(lock, "shared"):
        with pytest.raises(UserError, match=r"another run works on this environment \(work on a space\)"):
            _run(environment, lambda _c: pytest.fail("it ran"))
        assert "[1/1] done" in _run(environment, lambda _c: None, ALPHA)
    with held(lock) as alone:
        run = threads.submit(_run, environment, lambda _c: None, ALPHA)
        time.sleep(0.3)
        assert not run.done()
    assert f"the environment: waiting for process {alone.pid}" in run.result(20)


def test_nobody_waits_for_who_was_killed(environment: Environment) -> None:
    with held(environment.folder / "run.lock") as holder:
        holder.kill()
        holder.wait()
        assert "waiting" not in _run(environment, lambda _c: None, ALPHA)


def test_a_wait_says_how_long_it_lasts_and_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "HEARTBEAT", 0.1)
    said: list[str] = []
    with held(tmp_path / "lock") as holder:
        with (
            pytest.raises(UserError, match=f"another run works .*process {holder.pid}"),
            turn(tmp_path / "lock", "the door", said.append, patience=0.5),
        ):
            pytest.fail("it was held twice")
        assert said[0] == f"the door: waiting for process {holder.pid}"
        assert said[1] == f"the door: waiting for process {holder.pid}, 0:00 so far"
        assert 3 <= len(said) <= 6


class Hosts:
    """Converges of the platform's hosts: how many, and what each read of the tables."""

    def __init__(self, table: list[str]) -> None:
        self.table, self.read, self.bad = table, list[list[str]](), 0
        self.first, self.go_on = threading.Event(), threading.Event()

    def converge(self, _context: Context, only: object, families: object) -> None:
        assert (only, families) == (HOSTS, telling.FAMILIES)
        self.read.append(list(self.table))
        if len(self.read) == 1:
            self.first.set()
            assert self.go_on.wait(10)
        if self.bad:
            self.bad -= 1
            raise FailureError("a host does not answer")


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Hosts:
    found = Hosts([])
    monkeypatch.setattr(telling, "converge", found.converge)
    return found


def _told(environment: Environment, hosts: Hosts, name: str) -> str:
    def work(context: Context) -> None:
        hosts.table.append(name)
        telling.tell(context, HOSTS)

    return _run(environment, work, f"local-space-{name}")


def test_those_who_wait_are_told_of_together_and_nobody_is_left_out(
    environment: Environment, threads: ThreadPoolExecutor, hosts: Hosts
) -> None:
    first = threads.submit(_told, environment, hosts, "a")
    assert hosts.first.wait(10)
    others = [threads.submit(_told, environment, hosts, name) for name in "bcde"]
    until = time.monotonic() + 10
    while len(hosts.table) < 5:
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.3)  # all of them wait now
    hosts.go_on.set()
    said = [run.result(20) for run in (first, *others)]
    # The first was under way when the others came: it cannot have read what they wrote.
    assert hosts.read[0] == ["a"]
    assert [sorted(read) for read in hosts.read[1:]] == [list("abcde")]
    assert sum("told of this space too" in text for text in said) == 3
    assert "waiting" not in said[0]


def test_a_converge_that_failed_told_nobody(
    environment: Environment, threads: ThreadPoolExecutor, hosts: Hosts
) -> None:
    hosts.bad = 1
    first = threads.submit(_told, environment, hosts, "a")
    assert hosts.first.wait(10)
    other = threads.submit(_told, environment, hosts, "b")
    time.sleep(0.3)
    hosts.go_on.set()
    with pytest.raises(FailureError, match="a host does not answer"):
        first.result(20)
    other.result(20)
    assert hosts.read == [["a"], ["a", "b"]]


def test_who_comes_later_tells_anew(environment: Environment, hosts: Hosts) -> None:
    hosts.go_on.set()
    for name in "ab":
        _told(environment, hosts, name)
    (environment.folder / "locks/told.json").write_text("{")
    _told(environment, hosts, "c")
    assert hosts.read == [["a"], ["a", "b"], ["a", "b", "c"]]


def test_hosts_of_spaces_are_hardened_beside_each_other_and_never_while_the_platforms_change(
    environment: Environment, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=10)
    monkeypatch.setattr(telling, "converge", lambda _context, only: both.wait())  # noqa: ARG005
    runs = [
        threads.submit(_run, environment, lambda c, s=space: telling.harden(c, [s]), space)  # type: ignore[misc]
        for space in (ALPHA, BETA)
    ]
    for run in runs:
        run.result(20)
    monkeypatch.setattr(telling, "converge", lambda _context, only: None)  # noqa: ARG005
    with held(environment.folder / "locks/hosts.lock") as changing:
        waits = threads.submit(_run, environment, lambda c: telling.harden(c, [ALPHA]), ALPHA)
        time.sleep(0.3)
        assert not waits.done()
    assert f"the platform's hosts: waiting for process {changing.pid}" in waits.result(20)
