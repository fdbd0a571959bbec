"""The trial server: TLS to its own name only, one role with one database, ended without a trace."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from socle.state import certificate
from socle.state.address import parse
from socle.state.store import Table
from tests.state.conftest import Hire, Serving
from tests.state.team import ROOT, Gate, ended


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
    from socle.state.server import ADDRESS

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


def test_an_up_outlasts_a_restart_of_the_server(hire: Hire, gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    anna = hire("anna")
    first, url = _serve(folder)
    anna.env["PULUMI_BACKEND_URL"] = url
    anna.pulumi("stack", "init", "local-platform", "--no-select")
    running = anna.start_up("local-platform", gate=str(gate.path))
    gate.reached()
    _end(first)
    second, same = _serve(folder)
    assert same == url, "the port has to stay"
    gate.open()
    ended(running)
    state = anna.state("local-platform")
    assert len(state["resources"]) == 3
    assert not state.get("pending_operations")
    _end(second)


def test_nothing_runs_after_the_verb_was_killed(tmp_path: Path) -> None:
    process, url = _serve(tmp_path / "own")
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
    again, same = _serve(tmp_path / "own")
    assert same == url
    _end(again)


def _serve(folder: Path) -> tuple[subprocess.Popen[str], str]:
    argv = [sys.executable, "-m", "socle", "state", "serve", "--folder", str(folder)]
    process = subprocess.Popen(argv, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip().partition("=")[2]


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
