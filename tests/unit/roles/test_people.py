"""Named people behind a real sshd: who gets in, what they may do, and that what they see is recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from socle.admin import authority
from socle.admin.store import Store
from tests.unit.roles.conftest import HOUR, Signed, listed
from tests.unit.roles.machine import EXPIRY, OTHER, PEOPLE, TARGETS, Machine
from tests.unit.roles.test_bastion import PROHIBITED

ROOT = Path(__file__).resolve().parents[3]


def people_words() -> list[str]:
    return [f"{login}={EXPIRY}={name}" for login, name in PEOPLE.items()]


def test_a_person_gets_a_recorded_shell(machine: Machine, signed: Signed) -> None:
    seen = machine.ssh("ada", signed.key, "--", "echo hello-$USER", tty=True, certificate=signed("ada"))
    assert (seen.returncode, seen.stdout) == (0, "hello-ada\n")
    assert 'ID "ada@local" (serial' in machine.sshd_log()
    entries = [json.loads(line) for line in machine.records.read_text().splitlines()]
    mine = [e for e in entries if e["session"] == entries[-1]["session"]]
    assert [e["n"] for e in mine] == list(range(len(mine)))
    assert mine[0]["begin"] == "echo hello-$USER"
    assert "".join(e.get("out", "") for e in mine) == "hello-ada\r\n"
    assert (mine[-1]["person"], mine[-1]["end"]) == ("ada", 0)


def test_the_shells_own_code_comes_back(machine: Machine, signed: Signed) -> None:
    assert machine.ssh("ada", signed.key, "--", "exit 7", tty=True, certificate=signed("ada")).returncode == 7


REFUSALS = {
    "no certificate": lambda _: None,
    "expired": lambda s: s("ada", now=datetime.now(UTC) - 2 * HOUR, until=datetime.now(UTC) - HOUR),
    "not begun": lambda s: s("ada", now=datetime.now(UTC) + HOUR, until=datetime.now(UTC) + 2 * HOUR),
    "somebody else's": lambda s: s("bob"),
    "from elsewhere": lambda s: s("ada", sources=("192.0.2.0/24",)),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_a_person_is_refused(machine: Machine, signed: Signed, why: str) -> None:
    certificate = REFUSALS[why](signed)
    refused = machine.ssh("ada", signed.key, "--", "id", tty=True, certificate=certificate)
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr


def test_a_certificate_works_from_where_it_says(machine: Machine, signed: Signed) -> None:
    certificate = signed("ada", sources=("127.0.0.0/8",))
    assert machine.ssh("ada", signed.key, "--", "true", tty=True, certificate=certificate).returncode == 0


def test_another_authority_counts_for_nothing(machine: Machine, key: Path, tmp_path: Path) -> None:
    other = Store(tmp_path / "other/people", "local")
    with other.locked():
        refused = machine.ssh("ada", key, "--", "id", tty=True, certificate=Signed(other, key)("ada"))
    assert "Permission denied" in refused.stderr


@pytest.mark.parametrize("user", ["automation", "root", "nobody"])
def test_a_persons_certificate_opens_no_other_account(machine: Machine, signed: Signed, user: str) -> None:
    refused = machine.ssh(user, signed.key, "--", "id", certificate=signed("ada", jump=True))
    assert "Permission denied" in refused.stderr


def test_a_key_at_home_opens_nothing(machine: Machine, signed: Signed) -> None:
    machine.run("mkdir", "-p", "/home/ada/.ssh")
    machine.run("cp", str(signed.key.with_suffix(".pub")), "/home/ada/.ssh/authorized_keys")
    machine.run("chown", "-R", "ada:ada", "/home/ada/.ssh")
    assert "Permission denied" in machine.ssh("ada", signed.key, "--", "id", tty=True).stderr
    machine.run("rm", "-r", "/home/ada/.ssh")


def test_revoked_is_refused_and_the_next_one_is_not(machine: Machine, store: Store, signed: Signed) -> None:
    first, second = signed("ada"), signed("ada")
    serial = max(e["serial"] for e in authority.journal.events(store) if e["event"] == "sign") - 1
    assert machine.ssh("ada", signed.key, "--", "true", tty=True, certificate=first).returncode == 0
    authority.revoke(store, str(serial))
    said = machine.converge(store.public.read_text().strip(), listed(store))
    assert said == "changed: /etc/ssh/socle/people.krl\n"
    refused = machine.ssh("ada", signed.key, "--", "true", tty=True, certificate=first)
    assert "Permission denied" in refused.stderr
    assert "revoked by file" in machine.sshd_log()
    assert machine.ssh("ada", signed.key, "--", "true", tty=True, certificate=second).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--", "id"], "no session: a terminal is needed"), (["-s", "--", "sftp"], "")],
    ids=["a command", "files"],
)
def test_without_a_terminal_there_is_no_session(
    machine: Machine, signed: Signed, words: list[str], said: str
) -> None:
    refused = machine.ssh("ada", signed.key, *words, certificate=signed("ada"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr


def test_a_person_forwards_nothing_from_their_own_account(machine: Machine, signed: Signed) -> None:
    refused = machine.ssh("ada", signed.key, "-W", f"{TARGETS[0]}:22", certificate=signed("ada", jump=True))
    assert PROHIBITED in refused.stderr


@pytest.mark.parametrize(
    ("asked", "place", "said"),
    [
        ({"login": "ada", "jump": True}, TARGETS[0], "SSH-2.0-target"),
        ({"login": "ada", "jump": True}, OTHER, PROHIBITED),
        ({"login": "ada", "jump": False}, TARGETS[0], PROHIBITED),
        ({"login": "bob", "jump": True}, TARGETS[0], "Permission denied"),
    ],
    ids=["asked for it", "not declared", "did not ask for it", "may not"],
)
def test_a_person_passes_by_the_jump(
    machine: Machine, signed: Signed, asked: dict[str, Any], place: str, said: str
) -> None:
    passed = machine.ssh("jump", signed.key, "-W", f"{place}:22", certificate=signed(**asked))
    assert said in passed.stdout + passed.stderr


def test_no_start_up_file_of_theirs_comes_before_the_record(machine: Machine, signed: Signed) -> None:
    for name in (".bashrc", ".profile", ".bash_profile", ".ssh/rc"):
        machine.run("mkdir", "-p", "/home/ada/.ssh")
        machine.run(
            "tee", f"/home/ada/{name}", text="echo escaped-$$ > /home/ada/escaped; exec 0</dev/null\n"
        )
    machine.run("chown", "-R", "ada:ada", "/home/ada")
    before = len(machine.records.read_text().splitlines())
    machine.ssh("ada", signed.key, tty=True, certificate=signed("ada"))
    assert len(machine.records.read_text().splitlines()) >= before + 2
    machine.run("sh", "-c", "rm -rf /home/ada/.* /home/ada/escaped 2>/dev/null")


def test_who_left_is_closed_out_and_may_come_back(machine: Machine, store: Store, signed: Signed) -> None:
    public, revoked = store.public.read_text().strip(), listed(store)
    where = ("/etc/ssh/socle", "socle-people", str(machine.folder / "record"), public, revoked, "jump", "")
    said = machine.script("people/files/people.sh", *where, f"ada={EXPIRY}=Ada Lovelace")
    assert said == "changed: account bob closed\nchanged: /etc/ssh/socle/principals/jump\n"
    refused = machine.ssh("bob", signed.key, "--", "true", tty=True, certificate=signed("bob"))
    assert "Permission denied" in refused.stderr
    assert machine.converge(public, revoked) == (
        "changed: account bob opened again\n"
        f"changed: account bob until {EXPIRY}\nchanged: /etc/ssh/socle/principals/bob\n"
        "changed: /etc/ssh/socle/principals/jump\n"
    )
    assert machine.ssh("bob", signed.key, "--", "true", tty=True, certificate=signed("bob")).returncode == 0
    assert machine.converge(public, revoked) == ""


def test_an_account_that_is_no_persons_is_not_taken_over(machine: Machine, store: Store) -> None:
    words = ("/etc/ssh/socle", "socle-people", "/x", store.public.read_text().strip(), listed(store), "-", "")
    script = str(Path(__file__).resolve().parents[3] / "roles/people/files/people.sh")
    done = machine.run("sh", script, *words, f"nobody={EXPIRY}=No Body")
    assert done.returncode == 1
    assert "account nobody: exists and is no person's" in done.stderr


def test_the_last_one_who_leaves_is_closed_out_too(machine: Machine, store: Store) -> None:
    where = ("/etc/ssh/socle", "socle-people", str(machine.folder / "record"))
    nobody = ("", "", "-", "")
    said = machine.script("people/files/people.sh", *where, *nobody)
    assert said == "changed: account ada closed\nchanged: account bob closed\n"
    assert machine.script("people/files/people.sh", *where, *nobody) == ""
    assert machine.run("getent", "passwd", "ada").stdout.strip().endswith("/usr/sbin/nologin")
    machine.converge(store.public.read_text().strip(), listed(store))


def test_where_nobody_ever_was_nothing_is_made(machine: Machine) -> None:
    words = ("/etc/ssh/other", "other-people", "/x", "", "", "-", "")
    assert machine.script("people/files/people.sh", *words) == ""
    assert machine.run("ls", "/etc/ssh/other").returncode != 0
    assert machine.run("getent", "group", "other-people").returncode != 0


def test_a_list_that_arrives_broken_changes_nothing(machine: Machine, store: Store) -> None:
    before = machine.run("cksum", "/etc/ssh/socle/people.krl").stdout
    public, script = store.public.read_text().strip(), str(ROOT / "roles/people/files/people.sh")
    where = ("/etc/ssh/socle", "socle-people", str(machine.folder / "record"))
    for broken in ("", "%%%"):
        done = machine.run("sh", script, *where, public, broken, "jump", "ada", *people_words())
        assert done.returncode == 1
        assert "did not arrive whole" in done.stderr
    assert machine.run("cksum", "/etc/ssh/socle/people.krl").stdout == before


def test_without_an_authority_people_stay_out_and_automation_passes(
    machine: Machine, store: Store, signed: Signed
) -> None:
    certificate = signed("ada", jump=True)
    machine.converge("", "")
    assert machine.converge("", "") == ""
    refused = machine.ssh("ada", signed.key, "--", "id", tty=True, certificate=certificate)
    assert "Permission denied" in refused.stderr
    passed = machine.ssh("jump", machine.folder / "automation", "-W", f"{TARGETS[0]}:22")
    assert "SSH-2.0-target" in passed.stdout
    machine.converge(store.public.read_text().strip(), listed(store))


# Opens a terminal as sshd does; another process of the person's has it open before the recorder starts.
HELD = """import os, pwd, pty, subprocess, sys, time
account = pwd.getpwnam("ada")
outer, terminal = pty.openpty()
os.fchown(terminal, account.pw_uid, -1)
own = dict(user="ada", group=account.pw_gid, extra_groups=os.getgrouplist("ada", account.pw_gid))
held = sys.argv[2] == "held"
other = subprocess.Popen(["sleep", "30"], stdin=terminal if held else None, **own)
asking = subprocess.Popen([sys.argv[1]], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    env={"SSH_ORIGINAL_COMMAND": "true", "TERM": "dumb"}, start_new_session=True, **own)
os.close(terminal)
print(asking.communicate(timeout=20)[0].decode(), asking.returncode)
other.kill()
"""


def test_a_terminal_that_another_session_holds_open_is_refused(machine: Machine) -> None:
    record = str(machine.folder / "record")
    assert "1" not in machine.run("/usr/bin/python3", "-c", HELD, record, "free").stdout
    said = machine.run("/usr/bin/python3", "-c", HELD, record, "held")
    assert "holds this terminal open" in said.stdout, said.stderr


def test_a_shell_sees_neither_other_terminals_nor_the_journal(machine: Machine, signed: Signed) -> None:
    words = ("--", "ls -x /dev/pts | xargs; ls /run/systemd/journal; tty")
    seen = machine.ssh("ada", signed.key, *words, tty=True, certificate=signed("ada")).stdout
    assert seen.splitlines()[0] == "0 ptmx"
    assert "Permission denied" in seen
    assert seen.splitlines()[-1] == "/dev/pts/0"


def test_a_long_paste_does_not_end_the_session(machine: Machine, signed: Signed) -> None:
    words = ["ssh", "-F", "none", "-tt", "-i", str(signed.key), "-o", "StrictHostKeyChecking=no"]
    words += ["-o", "UserKnownHostsFile=/dev/null", "-o", f"CertificateFile={signed('ada')}"]
    asked = "stty raw -echo; sleep 4; head -c 200000 | wc -c"
    typed = "(sleep 2; head -c 200000 /dev/zero | tr '\\0' x; sleep 9) | timeout 25 \"$@\""
    seen = machine.run("sh", "-c", typed, "sh", *words, "ada@127.0.0.1", asked)
    assert "200000" in seen.stdout
