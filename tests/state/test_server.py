"""The trial server: TLS to its own name only, one role with one database, ended without a trace."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from socle.state import certificate
from socle.state.address import parse
from socle.state.server import ADDRESS
from socle.state.store import Table
from tests.state.conftest import Hire, Serving
from tests.state.team import ROOT, Gate, ended

Serve = Callable[[Path], tuple["subprocess.Popen[str]", str]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts further servers; none outlives the test, whatever the test found."""
    begun: list[tuple[subprocess.Popen[str], Path]] = []

    def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
        argv = [sys.executable, "-m", "socle", "state", "serve", "--folder", str(folder)]
        process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        begun.append((process, folder))
        assert process.stdout is not None
        return process, process.stdout.readline().strip().partition("=")[2]

    yield start
    for process, _ in begun:
        if process.poll() is None:
            _end(process)
    for _, folder in begun:
        left = folder / "data" / "postmaster.pid"
        if left.exists():
            os.kill(int(left.read_text().split()[0]), signal.SIGQUIT)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()  # a background job is deaf to interrupts
    assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("found", "instead", "said"),
    [
        ("@127.0.0.1", "@localhost", "certificate"),
        ("verify-full", "disable", "no pg_hba.conf entry"),
        ("/pulumi?", "/postgres?", "no pg_hba.conf entry"),
        ("//pulumi@", "//postgres@", "no pg_hba.conf entry"),
    ],
)
def test_who_does_not_come_as_agreed_is_not_let_in(
    hire: Hire, serving: Serving, found: str, instead: str, said: str
) -> None:
    anna = hire("anna")
    anna.env["PULUMI_BACKEND_URL"] = serving.url.replace(found, instead)
    assert said in anna.pulumi("stack", "ls", ends=None)


def test_another_authority_and_a_wrong_password_are_refused(
    hire: Hire, serving: Serving, tmp_path: Path
) -> None:
    anna = hire("anna")
    certificate.write(tmp_path, ADDRESS)
    anna.env["PULUMI_BACKEND_URL"] = serving.url.replace(
        str(serving.folder / "ca.pem"), str(tmp_path / "ca.pem")
    )
    assert "unknown authority" in anna.pulumi("stack", "ls", ends=None)
    wrong = tmp_path / "pgpass"
    wrong.touch(0o600)
    wrong.write_text("*:*:*:*:guessed-by-chance\n")
    anna.env["PULUMI_BACKEND_URL"] = serving.url.replace(str(serving.folder / "passfile"), str(wrong))
    assert "password authentication failed" in anna.pulumi("stack", "ls", ends=None)


def test_the_role_owns_one_database_and_may_nothing_else(serving: Serving) -> None:
    table = Table(parse(serving.url))
    assert table.ask("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == ["TLSv1.3"]
    for forbidden in ("CREATE DATABASE x", "CREATE ROLE x", "COPY (SELECT 1) TO PROGRAM 'true'"):
        with pytest.raises(Exception, match=r"permission denied|must be"):
            table.ask(forbidden)


def test_an_up_outlasts_a_restart_of_the_server(hire: Hire, gate: Gate, serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    anna = hire("anna")
    first, url = serve(folder)
    anna.env["PULUMI_BACKEND_URL"] = url
    anna.pulumi("stack", "init", "local-platform", "--no-select")
    running = anna.start_up("local-platform", gate=str(gate.path))
    gate.reached()
    _end(first)
    _, same = serve(folder)
    assert same == url, "the port has to stay"
    gate.open()
    ended(running)
    state = anna.state("local-platform")
    assert len(state["resources"]) == 3
    assert not state.get("pending_operations")


def test_a_dump_restored_on_another_server_is_the_same_state(
    hire: Hire, serving: Serving, serve: Serve, tmp_path: Path
) -> None:
    anna = hire("anna")
    anna.pulumi("stack", "init", "local-platform", "--no-select")
    anna.up("local-platform")
    before = anna.state("local-platform")
    dump = tmp_path / "dump.sql"
    table = parse(anna.env["PULUMI_BACKEND_URL"]).table
    subprocess.run(["pg_dump", "-w", "-t", table, "-d", serving.url, "-f", str(dump)], check=True)
    _, url = serve(tmp_path / "own")
    quiet = ["psql", "-Xqw", "-v", "ON_ERROR_STOP=1"]
    subprocess.run([*quiet, "-d", url, "-f", str(dump)], stdout=subprocess.DEVNULL, check=True)
    anna.env["PULUMI_BACKEND_URL"] = f"{url}&table={table}"
    assert anna.state("local-platform") == before
    anna.pulumi("preview", "--stack", "local-platform", "--expect-no-changes")


def test_nothing_runs_after_the_verb_was_killed(serve: Serve, tmp_path: Path) -> None:
    process, url = serve(tmp_path / "own")
    port = urlsplit(url).port
    taken = subprocess.run(
        [
            sys.executable,
            "-m",
            "socle",
            "state",
            "serve",
            "--folder",
            str(tmp_path / "x"),
            "--port",
            str(port),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (taken.returncode, taken.stderr.count("\n")) == (2, 1)
    assert f"port {port} cannot be used" in taken.stderr
    process.send_signal(signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 20
    while (tmp_path / "own" / "data" / "postmaster.pid").exists():
        assert time.monotonic() < until, "the server outlived the verb"
        time.sleep(0.05)
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))
    _, same = serve(tmp_path / "own")
    assert same == url
