"""roles/integrity: its script by AIDE's exit codes, its units by systemd's own judgement."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from tests.hosts.catalogue import controls as catalogue
from tests.unit.roles.rendered import ROOT, controls, of_kind, render

SCRIPT = ROOT / "roles/integrity/files/seal.sh"
# Debian's AIDE is in the image alone; this one says what it is told to, by the exit codes of aide(1).
AIDE = """#!/bin/sh
echo "$*" >> "$SEAL_DIR/asked"
[ "$1" != --update ] || echo "new $(date +%N)" > "$SEAL_DIR/seal.db.new"
exit $(cat "$SEAL_DIR/code")
"""


class Sealed:
    """A folder that stands for a host: a sealed one, and its seal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "seal", "files"):
            (folder / name).mkdir()
        (folder / "bin/aide").write_text(AIDE)
        (folder / "bin/aide").chmod(0o755)
        (folder / "conf").write_text(f"SEALED = p\n{folder}/files SEALED\n")
        (folder / "files/one").write_text("one")
        self.code(0)
        time.sleep(0.05)
        self.database.write_text("first")

    @property
    def database(self) -> Path:
        return self.folder / "seal/seal.db"

    def code(self, number: int) -> None:
        (self.folder / "seal/code").write_text(str(number))

    def asked(self) -> str:
        file = self.folder / "seal/asked"
        return file.read_text() if file.exists() else ""

    def verdict(self) -> str:
        return (self.folder / "seal/verdict").read_text().split()[0]

    def run(self, word: str) -> subprocess.CompletedProcess[str]:
        env = os.environ | {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "SEAL_DIR": f"{self.folder}/seal",
            "SEAL_CONFIG": f"{self.folder}/conf",
            "SEAL_GUARD": f"{self.folder}/unfinished",
        }
        argv = ["sh", str(SCRIPT), word]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def host(tmp_path: Path) -> Sealed:
    return Sealed(tmp_path)


def test_where_nothing_changed_nothing_is_read(host: Sealed) -> None:
    done = host.run("update")
    assert (done.returncode, host.asked()) == (0, "")
    assert done.stdout.startswith("nothing changed since the seal sha256:")


@pytest.mark.parametrize("change", ["write", "mode", "new", "gone"])
def test_what_changed_is_sealed_and_its_checksum_said(host: Sealed, change: str) -> None:
    time.sleep(0.05)
    one = host.folder / "files/one"
    if change == "write":
        one.write_text("two")
    elif change == "mode":
        one.chmod(0o700)
    elif change == "new":
        (host.folder / "files/two").touch()
    else:
        one.unlink()
    host.code(4)
    done = host.run("update")
    said = re.search(r"^<5>sealed sha256:([0-9a-f]{64})$", done.stdout, re.M)
    assert said, done.stdout + done.stderr
    sums = subprocess.run(["sha256sum", str(host.database)], capture_output=True, text=True, check=True)
    assert sums.stdout.split()[0] == said[1]
    assert host.verdict() == "sealed"
    assert host.database.stat().st_mode & 0o777 == 0o600


def test_a_failure_of_aide_keeps_the_old_seal(host: Sealed) -> None:
    time.sleep(0.05)
    (host.folder / "files/two").touch()
    host.code(17)
    done = host.run("update")
    assert (done.returncode, host.database.read_text(), host.verdict()) == (1, "first", "unproven")
    assert "not sealed: aide ended with 17" in done.stdout


@pytest.mark.parametrize(
    ("code", "word", "status"),
    [(0, "holds", 0), (1, "differs", 0), (7, "differs", 0), (14, "unproven", 1), (20, "unproven", 1)],
)
def test_the_verdict_follows_aide(host: Sealed, code: int, word: str, status: int) -> None:
    host.code(code)
    done = host.run("check")
    assert (done.returncode, host.verdict()) == (status, word)


def test_in_the_middle_of_a_converge_nothing_is_said_of_the_files(host: Sealed) -> None:
    (host.folder / "unfinished").touch()
    host.code(4)
    assert "not checked" in host.run("check").stdout
    assert host.asked() == ""
    assert not (host.folder / "seal/verdict").exists()


def test_other_words_are_refused(host: Sealed) -> None:
    done = host.run("wipe")
    assert (done.returncode, done.stderr) == (2, "usage: seal.sh update | check\n")


def unit(word: str) -> str:
    where = {"integrity_directory": "/var/lib/socle/seal", "integrity_program": "/usr/lib/socle/seal.sh"}
    return render("integrity", "service.j2", item=word, **where)


@pytest.mark.parametrize("word", ["check", "update"])
def test_the_cage_is_as_tight_as_the_control_asks(tmp_path: Path, word: str) -> None:
    file = tmp_path / f"socle-seal-{word}.service"
    file.write_text(unit(word))
    argv = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(file)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    score = re.search(r"Overall exposure level for \S+: (\S+)", done.stdout)
    assert score, done.stderr
    [control] = [one for one in catalogue() if one.id == "SOC-BOX-09"]
    assert float(score[1]) <= float(control.parameters["exposure_at_most"])
    for said in ("Nice=19", "CPUWeight=idle", "IOSchedulingClass=idle", f"seal.sh {word}"):
        assert said in unit(word)


def test_the_timer_fires_every_day() -> None:
    [control] = of_kind(controls(), "seal")
    text = render("integrity", "socle-seal-check.timer.j2", integrity_seal=control["parameters"])
    when = re.search(r"^OnCalendar=(.*)$", text, re.M)
    assert when
    said = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=2", "--base-time=2026-01-01 00:00:00 UTC", when[1]],
        env=os.environ | {"TZ": "UTC", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.findall(r"2026-01-\d\d", said)[:2] == ["2026-01-01", "2026-01-02"]


def test_a_converge_seals_last_and_waits_for_nothing() -> None:
    play = yaml.safe_load((ROOT / "playbooks/site.yml").read_text())[0]
    names = [task["ansible.builtin.import_role"]["tasks_from"] for task in play["post_tasks"]]
    assert names == ["confirm", "renew"]
    assert play["roles"][-1]["role"] == "integrity"
    [task] = yaml.safe_load((ROOT / "roles/integrity/tasks/renew.yml").read_text())
    assert "--no-block" in task["ansible.builtin.command"]["argv"]
    assert "integrity" in task["when"]


@pytest.mark.parametrize("word", ["check", "update"])
def test_the_cage_hides_nothing_that_is_sealed(word: str) -> None:
    # systemd.exec(5): it makes /usr/lib/modules inaccessible, and a seal made inside would be without it.
    assert "\nProtectKernelModules=" not in unit(word)
