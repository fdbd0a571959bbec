"""The collector reaches a host whole, and the breaks of sudo and PAM wake their own check alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from socle.records import Verdict
from tests.hosts.remote import COLLECTOR, MODULES, loader
from tests.unit.controls.shared import by_id, verdict
from tests.unit.controls.test_pam import COMMON, PASSWORD, files
from tests.unit.controls.test_sudo import EXCEPTION, WANTED


def test_every_module_is_sent() -> None:
    assert {path.stem for path in COLLECTOR.glob("*.py")} - {"__init__"} == set(MODULES)


def test_the_text_runs_where_none_of_our_files_are(tmp_path: Path) -> None:
    request = json.dumps({"account": "socle-undeclared"})
    command = [sys.executable, "-I", "-c", loader(), request]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (
        "name not found: 'socle-undeclared'" in done.stderr
    )  # all modules loaded, main asked for the account


def may(user: str, target: str, *commands: dict[str, Any], **options: bool) -> dict[str, Any]:
    allowed = {"runasusers": [{"username": target}], "Options": [options], "Commands": list(commands)}
    return {"User_Specs": [{"User_List": [{"username": user}], "Cmnd_Specs": [allowed]}]}


ID = {"command": "/usr/bin/id -u"}
BROKEN = {
    "SOC-SUDO-01": {"Defaults": [*WANTED, EXCEPTION, {"Options": [{"use_pty": False}]}]},
    "SOC-SUDO-02": may("nobody", "daemon", ID, authenticate=False),
    "SOC-SUDO-03": may("daemon", "ALL", {"command": "ALL"}, setenv=True),
    "SOC-SUDO-04": may(
        "daemon", "games", ID, {"command": "/usr/bin/id -g", "negated": True}, authenticate=True
    ),
}


@pytest.mark.parametrize("control", BROKEN)
def test_a_break_of_sudo_wakes_its_own_check_alone(control: str) -> None:
    policy = {"Defaults": [*WANTED, EXCEPTION]} | BROKEN[control]
    assert [c for c in BROKEN if verdict(c, "sudo", policy) is Verdict.FAIL] == [control]


@pytest.mark.parametrize(
    ("control", "old", "new"),
    [
        ("SOC-PAM-01", "minlen=12", "minlen=6"),
        ("SOC-PAM-02", "authfail deny=5", "authfail deny=500"),
        ("SOC-PAM-03", " yescrypt", " md5"),
    ],
)
def test_a_break_of_pam_wakes_its_own_check_alone(control: str, old: str, new: str) -> None:
    assert new.rpartition("=")[2].strip() in by_id(control).mutation
    whole = files(COMMON) | {"passwd": PASSWORD.splitlines()}
    broken = {name: [line.replace(old, new) for line in lines] for name, lines in whole.items()}
    names = ("SOC-PAM-01", "SOC-PAM-02", "SOC-PAM-03")
    assert [c for c in names if verdict(c, "pam", whole) is Verdict.FAIL] == []
    assert [c for c in names if verdict(c, "pam", broken) is Verdict.FAIL] == [control]
