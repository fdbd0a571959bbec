"""No seeded secret is in clear in state, history, logs, dumps, the server's files or the process list."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from socle.errors import ExitCode
from tests.state.conftest import Hire, Serving
from tests.state.team import PLAIN, SECRETS, Engineer, Gate, ended

VALUES = "\n".join(SECRETS)


@pytest.fixture
def anna(hire: Hire) -> Engineer:
    """A stack whose config, program, inputs and outputs have secrets."""
    engineer = hire("anna")
    engineer.pulumi("stack", "init", "local-platform", "--no-select")
    return engineer


def test_no_secret_is_in_clear_while_and_after_a_stack_is_changed(
    anna: Engineer, serving: Serving, gate: Gate, tmp_path: Path
) -> None:
    log = anna.place / "log" / "up.log"
    log.parent.mkdir()
    running = anna.start_up("local-platform", "--show-config", gate=str(gate.path))
    gate.reached()
    # The creation is pending with all its inputs, and every process of the run is there to be looked at.
    assert anna.state("local-platform")["pending_operations"]
    anna.socle("state", "scan", fed=VALUES)
    gate.open()
    log.write_text(ended(running))
    anna.pulumi("refresh", "--stack", "local-platform", "--yes", "--skip-preview")
    said = json.loads(anna.pulumi("stack", "output", "--show-secrets", "--json", "--stack", "local-platform"))
    assert said["token"] == SECRETS[0]
    dump = _dump(anna, tmp_path)
    kept = Path(anna.env["PULUMI_HOME"]) / "logs"
    looked = (dump, serving.folder / "data", serving.folder / "server.log", kept)
    places = [argument for path in looked for argument in ("--file", str(path))]
    scanned = anna.socle("state", "scan", *places, fed=VALUES)
    assert "8 pass" in scanned, scanned
    # The same by other people's means.
    files = [str(path) for path in serving.folder.rglob("*") if path.is_file()]
    argv = ["strings", "-n", "6", str(dump), *files]
    printed = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False).stdout
    assert "pulumi_state" in printed or "COPY public." in printed, "strings looked at nothing"
    assert [value for value in SECRETS if value in printed] == []


def test_what_is_in_clear_is_found_in_each_of_these_places(
    anna: Engineer, serving: Serving, tmp_path: Path
) -> None:
    anna.up("local-platform")
    (anna.place / "log").mkdir()
    (anna.place / "log" / "up.log").write_text(f"note: {PLAIN}\n")
    dump = _dump(anna, tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()", PLAIN], stdin=subprocess.PIPE) as shown:
        places = ("--file", str(dump), "--file", str(serving.folder / "data"))
        said = anna.socle("state", "scan", "--format", "json", *places, fed=PLAIN, ends=ExitCode.FINDINGS)
        assert shown.stdin
        shown.stdin.close()
    records = json.loads(said)["records"]
    verdicts = {record["target"].partition(" in ")[0]: record["verdict"] for record in records}
    wanted = ("state", "history", "logs", "processes", str(dump), str(serving.folder / "data"))
    assert verdicts == dict.fromkeys(wanted, "fail")
    assert PLAIN not in said


def test_what_pulumi_says_at_its_most_talkative_is_found_out(anna: Engineer, tmp_path: Path) -> None:
    """Nothing of ours runs it like this; the page for teams warns of it."""
    said = anna.up("local-platform", "--logtostderr", "--logflow", "-v=9")
    (tmp_path / "v9.log").write_text(said)
    anna.up("local-platform", "--tracing", f"file:{tmp_path / 'trace'}")
    for name in ("v9.log", "trace"):
        anna.socle("state", "scan", "--file", str(tmp_path / name), fed=VALUES, ends=ExitCode.FINDINGS)


def test_a_state_that_cannot_be_read_is_unproven(anna: Engineer) -> None:
    url = anna.env["PULUMI_BACKEND_URL"]
    closed = url.replace(f":{urlsplit(url).port}/", ":9/")
    said = anna.socle("state", "scan", "--state", closed, "--format", "json", fed=VALUES, ends=4)
    assert "onnection refused" in said
    anna.socle("state", "scan", fed="short", ends=ExitCode.USAGE)


def test_a_folders_state_is_scanned_too(hire: Hire) -> None:
    bert = hire("bert", alone=True)
    bert.env.update(PULUMI_DIY_BACKEND_GZIP="true", PULUMI_SELF_MANAGED_STATE_GZIP="true")
    bert.pulumi("stack", "init", "local-platform", "--no-select")
    bert.up("local-platform")
    assert list((bert.place / "backend").rglob("*.json.gz")), "the state is not compressed"
    bert.socle("state", "scan", fed=VALUES)
    bert.socle("state", "scan", fed=PLAIN, ends=ExitCode.FINDINGS)


def _dump(engineer: Engineer, folder: Path) -> Path:
    """What a backup of the database holds, made by the role that owns it."""
    path = folder / "dump.sql"
    address = engineer.env["PULUMI_BACKEND_URL"].partition("&table=")[0]
    subprocess.run(["pg_dump", "-w", "-d", address, "-f", str(path)], env=dict(os.environ), check=True)
    return path
