"""Certificates of named people: who gets one, for what, how long; codes that count once; revocation."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from infra.config import Administrator
from socle import cli
from socle.admin import authority, factor, journal, people, publish
from socle.admin.store import Store
from socle.errors import ExitCode, FindingError, UserError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own; returns its folder."""
    for name in list(os.environ):
        if name.startswith(("OS_", "PULUMI_", "SOCLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    return tmp_path / "envs/local"


@pytest.fixture
def store(here: Path) -> Store:
    return Store(here / "ca/people", "local")


@pytest.fixture
def run(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`socle …` with something on standard input: exit code, output, errors."""

    def _run(*words: str, code: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["socle", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(code + "\n"))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    monkeypatch.setattr(people, "administrators", lambda _base: (grant(reaches=["bastion"]),))
    assert _run("admin", "list")[0] == 0
    assert here.is_dir()
    return _run


@pytest.fixture
def key(here: Path) -> Path:
    """The sample's key pair, where one's own machine has it."""
    (here / "ssh").mkdir(parents=True, exist_ok=True)
    return make_key(here / "ssh/sample")


def make_key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path.with_suffix(".pub")


def enrol(run: Run) -> pyotp.TOTP:
    ended, out, _ = run("admin", "enrol", "sample")
    assert ended == 0
    parsed = pyotp.parse_uri(out.strip())
    assert isinstance(parsed, pyotp.TOTP)
    return parsed


def shown(certificate: Path) -> str:
    argv = ["ssh-keygen", "-L", "-f", str(certificate)]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_a_certificate_is_short_and_can_do_one_thing(run: Run, key: Path) -> None:
    totp = enrol(run)
    assert run("admin", "sign", "sample", "--key", str(key), code=totp.now())[0] == 0
    said = shown(key.with_name("sample-cert.pub"))
    assert 'Key ID: "sample@local"' in said
    assert "Serial: 1" in said
    after = [line.strip() for line in said[said.index("Principals:") :].splitlines() if line.strip()]
    assert after == ["Principals:", "admin:sample", "Critical Options: (none)", "Extensions:", "permit-pty"]
    words = next(line for line in said.splitlines() if "Valid:" in line).split()
    begin, end = (datetime.fromisoformat(words[i]).astimezone(UTC) for i in (2, 4))
    assert end - begin == timedelta(minutes=61)


def test_every_signature_is_in_the_journal(run: Run, key: Path, store: Store) -> None:
    totp = enrol(run)
    assert run("admin", "sign", "sample", "--key", str(key), "--from", "10.0.0.0/8", code=totp.now())[0] == 0
    said = journal.events(store)[-1]
    assert {k: said[k] for k in ("event", "login", "serial", "principals", "options")} == {
        "event": "sign",
        "login": "sample",
        "serial": 1,
        "principals": ["admin:sample"],
        "options": ["permit-pty", "source-address=10.0.0.0/8"],
    }
    assert said["key"].startswith("SHA256:")
    assert stat.S_IMODE(store.journal.stat().st_mode) == 0o600


def test_no_secret_is_readable_by_others_or_told_twice(run: Run, store: Store, key: Path) -> None:
    totp = enrol(run)
    run("admin", "sign", "sample", "--key", str(key), code=totp.now())
    for path in (store.factor("sample"), store.key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for words in (("list",), ("enrol", "sample"), ("sign", "sample", "--key", str(key))):
        _, out, err = run("admin", *words, code="000000")
        assert totp.secret not in out + err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sign nobody --key {key}", "nobody is no administrator of local (known: sample)"),
        ("sign sample --key {other}", "not a key of sample"),
        ("sign sample --key {missing}", "no public key can be read"),
        ("sign sample --key {key} --jump", "sample reaches bastions only"),
        ("sign sample --key {key} --from here", "does not appear to be an IPv4 or IPv6 network"),
        ("sign sample --key {key} --minutes 481", "less than or equal to 480"),
        ("sign sample --key {key}", "wrong code for sample"),
        ("enrol sample", "sample has a second factor already"),
        ("enrol nobody", "nobody is no administrator"),
        ("revoke 7", "no certificate has this serial"),
        ("revoke nobody", "nobody is no administrator"),
    ],
)
def test_what_is_refused_is_one_line(run: Run, key: Path, tmp_path: Path, words: str, said: str) -> None:
    totp = enrol(run)
    other = make_key(tmp_path / "other")
    wrong = "000000" if totp.now() != "000000" else "111111"
    named = words.format(key=key, other=other, missing=tmp_path / "none.pub")
    ended, out, err = run("admin", *named.split(), code=wrong)
    assert (ended, out) == (ExitCode.USAGE, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert not key.with_name("sample-cert.pub").exists()


def test_a_code_counts_once_even_for_another_key_or_after_a_newer_one(store: Store) -> None:
    totp = pyotp.parse_uri(factor.enrol(store, "sample"))
    assert isinstance(totp, pyotp.TOTP)
    now = 1_900_000_000
    old, new = totp.at(now - 30), totp.at(now)
    factor.spend(store, "sample", new, clock=lambda: now)
    for again in (new, old):
        with pytest.raises(UserError, match="used before"):
            factor.spend(store, "sample", again, clock=lambda: now)
    factor.spend(store, "sample", totp.at(now + 30), clock=lambda: now + 30)


def test_a_code_is_good_for_a_minute_around_its_own(store: Store) -> None:
    totp = pyotp.parse_uri(factor.enrol(store, "sample"))
    assert isinstance(totp, pyotp.TOTP)
    now = 1_900_000_010
    for offset in (-60, 60):
        with pytest.raises(UserError, match="wrong code"):
            factor.spend(store, "sample", totp.at(now + offset), clock=lambda: now)
    factor.spend(store, "sample", totp.at(now - 30), clock=lambda: now)


def test_five_wrong_codes_shut_the_door_for_a_quarter_of_an_hour(store: Store) -> None:
    totp = pyotp.parse_uri(factor.enrol(store, "sample"))
    assert isinstance(totp, pyotp.TOTP)
    now = 1_900_000_000
    good = {totp.at(now + 30 * n) for n in range(-1, 2)}
    wrong = next(f"{n:06}" for n in range(9) if f"{n:06}" not in good)
    for _ in range(factor.TRIES):
        with pytest.raises(UserError, match="wrong code"):
            factor.spend(store, "sample", wrong, clock=lambda: now)
    with pytest.raises(UserError, match="too many wrong codes for sample; wait 900 s"):
        factor.spend(store, "sample", totp.at(now), clock=lambda: now)
    later = now + factor.WINDOW
    factor.spend(store, "sample", totp.at(later), clock=lambda: later)


def grant(**changed: object) -> Administrator:
    today = datetime.now(UTC).date()
    said = {
        "login": "sample",
        "name": "Sample Person",
        "environments": ["local"],
        "reaches": ["bastion", "time"],
        "owner": "one",
        "approver": "other",
        "reason": "A person for these tests",
        "granted": str(today - timedelta(days=10)),
        "expiry": str(today + timedelta(days=10)),
    }
    return Administrator.model_validate_json(json.dumps({**said, **changed}))


def test_nobody_is_signed_for_before_or_after_their_grant(
    run: Run, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    totp = enrol(run)
    today = datetime.now(UTC).date()
    for begin, end in ((-300, -1), (1, 300)):
        dates = {"granted": str(today + timedelta(begin)), "expiry": str(today + timedelta(end))}
        changed = grant(**dates)
        monkeypatch.setattr(people, "administrators", lambda _base, it=changed: (it,))
        ended, _, err = run("admin", "sign", "sample", "--key", str(key), code=totp.now())
        assert (ended, "the grant of sample is for" in err) == (ExitCode.USAGE, True)


def test_a_certificate_ends_with_the_grant() -> None:
    person = grant(expiry=str(datetime.now(UTC).date()))
    late = datetime.now(UTC).replace(hour=23, minute=30, second=0, microsecond=0)
    assert people.end(person, late, 480) - late == timedelta(minutes=30)
    assert people.end(person, late, 10) - late == timedelta(minutes=10)


def test_passing_the_bastion_is_asked_for(run: Run, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    totp = enrol(run)
    monkeypatch.setattr(people, "administrators", lambda _base: (grant(),))
    assert run("admin", "sign", "sample", "--key", str(key), "--jump", code=totp.now())[0] == 0
    assert "permit-port-forwarding" in shown(key.with_name("sample-cert.pub"))


def listed_as_revoked(store: Store, *certificates: Path) -> list[bool]:
    argv = ["ssh-keygen", "-Q", "-f", str(store.revoked)]
    ended = [
        subprocess.run([*argv, str(c)], capture_output=True, check=False).returncode for c in certificates
    ]
    return [code == 1 for code in ended]


def test_revoked_by_serial_then_all_of_a_person(run: Run, key: Path, store: Store, tmp_path: Path) -> None:
    enrol(run)
    public = " ".join(key.read_text().split()[:2])
    until = datetime.now(UTC) + timedelta(hours=1)
    made = []
    for number in (1, 2, 3):
        path = tmp_path / f"{number}-cert.pub"
        path.write_text(authority.sign(store, "sample" if number < 3 else "other", public, until=until).text)
        made.append(path)
    with store.locked():
        authority.published(store)
    assert listed_as_revoked(store, *made) == [False, False, False]
    assert run("admin", "revoke", "1")[1] == "revoked: 1\n"
    assert listed_as_revoked(store, *made) == [True, False, False]
    assert run("admin", "revoke", "sample")[1] == "revoked: 2\n"
    assert listed_as_revoked(store, *made) == [True, True, False]
    ended, _, err = run("admin", "sign", "sample", "--key", str(key), code="000000")
    assert (ended, "has no second factor" in err) == (ExitCode.USAGE, True)


def test_a_changed_journal_is_a_finding(run: Run, key: Path, store: Store) -> None:
    totp = enrol(run)
    run("admin", "sign", "sample", "--key", str(key), code=totp.now())
    journal.append(store, "revoke", subject="1", serials=[1])
    lines = store.journal.read_text().splitlines()
    for broken in (lines[1:], lines[:1] + lines[2:], [lines[0].replace("sample", "simple"), *lines[1:]]):
        store.journal.write_text("\n".join(broken) + "\n")
        with pytest.raises(FindingError, match="was changed"):
            journal.events(store)
    assert run("admin", "list")[0] == ExitCode.FINDINGS


def test_a_key_that_an_agent_holds_signs_too(
    run: Run, key: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    totp = enrol(run)
    with store.locked():
        authority.ensure(store)
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    said = dict(word.split("=") for word in started.replace("\n", ";").split(";") if "=" in word)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    try:
        subprocess.run(["ssh-add", "-q", str(store.key)], check=True, capture_output=True)
        store.key.unlink()
        assert run("admin", "sign", "sample", "--key", str(key), code=totp.now())[0] == 0
        assert "Serial: 1" in shown(key.with_name("sample-cert.pub"))
    finally:
        subprocess.run(["ssh-agent", "-k"], check=True, capture_output=True)


@pytest.mark.usefixtures("run")
def test_a_converge_makes_no_authority_and_tells_hosts_the_same_as_long_as_nothing_is_revoked(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOCLE_SSH_DIR", str(store.at.parents[1] / "ssh"))
    assert publish.main(["--environment", "local"]) == 0
    assert json.loads(capsys.readouterr().out) == {"authority": "", "revoked": ""}
    assert not store.key.exists()
    with store.locked():
        authority.ensure(store)
    told, written = [], []
    for _ in range(2):
        assert publish.main(["--environment", "local"]) == 0
        told.append(json.loads(capsys.readouterr().out))
        written.append(store.revoked.stat().st_mtime_ns)
    assert told[0] == told[1]
    assert written[0] == written[1], "the list bears the second in which it was written"
    assert told[0]["authority"] == store.public.read_text().strip()
    assert "PRIVATE" not in str(told)
    assert publish.main(["--environment", "staging"]) == ExitCode.USAGE


def test_the_list_follows_from_the_journal(store: Store) -> None:
    with store.locked():
        authority.ensure(store)
        journal.append(store, "revoke", subject="7", serials=[7])
        first = authority.published(store)
        store.revoked.unlink()
        assert authority.published(store)[0] == first[0]
        assert authority._listed(store) is not None
        store.revoked.write_bytes(b"")
        authority.published(store)
        before = store.revoked.read_bytes()
        assert before
        journal.append(store, "revoke", subject="9", serials=[9])
        assert authority.published(store)[1] != before


def test_a_serial_is_given_once_even_when_signing_fails(
    store: Store, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, until = " ".join(key.read_text().split()[:2]), datetime.now(UTC) + timedelta(hours=1)
    with store.locked():
        authority.ensure(store)
        with monkeypatch.context() as broken:
            broken.setattr(authority, "run_keygen", lambda *_: (_ for _ in ()).throw(OSError("killed")))
            with pytest.raises(OSError, match="killed"):
                authority.sign(store, "sample", public, until=until)
        assert authority.sign(store, "sample", public, until=until).serial == 2
        assert authority.revoke(store, "1") == [1]


def test_a_line_cut_off_is_set_aside_and_revocation_goes_on(
    store: Store, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public, until = " ".join(key.read_text().split()[:2]), datetime.now(UTC) + timedelta(hours=1)
    with store.locked():
        authority.sign(store, "sample", public, until=until)
        with store.journal.open("a") as stream:
            stream.write('{"at": "2026')
        assert authority.revoke(store, "sample") == [1]
    assert "set aside" in capsys.readouterr().err
    assert [event["event"] for event in journal.events(store)] == ["sign", "revoke"]


@pytest.mark.parametrize("code", ["é12345", "\udcff12345", ""])
def test_a_code_that_is_no_number_is_a_wrong_one_that_counts(store: Store, code: str) -> None:
    factor.enrol(store, "sample")
    for _ in range(factor.TRIES):
        with pytest.raises(UserError, match="wrong code"):
            factor.spend(store, "sample", code)
    with pytest.raises(UserError, match="too many wrong codes"):
        factor.spend(store, "sample", code)
    said = [event["event"] for event in journal.events(store)]
    assert said == ["wrong code"] * factor.TRIES + ["locked out"]


def test_where_data_is_protected_no_authority_lies_in_a_file(
    run: Run, key: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = people.load("local-platform")
    kept = replace(base, platform=base.platform.model_copy(update={"protect": True}))
    monkeypatch.setattr(people, "load", lambda _stack: kept)
    monkeypatch.setattr(people, "administrators", lambda _base: (grant(),))
    ended, _, err = run("admin", "enrol", "sample")
    assert (ended, "must not lie in a file" in err) == (ExitCode.USAGE, True)
    assert not store.key.exists()
    ended, _, err = run("admin", "sign", "sample", "--key", str(key), code="000000")
    assert (ended, len(err.splitlines())) == (ExitCode.USAGE, 1)
