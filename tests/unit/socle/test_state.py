"""`socle state` without a database: addresses, locks in a folder, what a scan finds and what it says."""

import base64
import gzip
import json
import os
import socket
import stat
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from socle import env
from socle.env import STATE_FILE, describe, prepare
from socle.errors import ExitCode, FailureError, UserError
from socle.records import RecordSet, Verdict
from socle.state import address, locks, needles
from socle.state.backend import Stack, pending, stacks
from socle.state.known import needles as known
from socle.state.move import equal
from socle.state.scan import judge
from socle.state.store import Folder, literal, open_store, reason
from socle.state.unlock import unlock
from socle.state.use import use

GOOD = "postgres://hdh@db.example:5432/hdh?sslmode=verify-full&sslrootcert=/etc/ca.pem&table=states"
SECRET = 'p/ss+w"rd<&>-tr\u00e8s-long'


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("OS_", "PG", "PULUMI_", "SOCLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(env, "install_home", lambda _home: None)
    monkeypatch.setattr(env, "toolchain_bin", lambda: (tmp_path / "toolchain",))


def test_an_address_is_read_and_psql_gets_what_it_knows() -> None:
    read = address.parse(GOOD, {})
    assert (read.host, read.table, read.prefix) == ("db.example", "states", "hdh/")
    assert read.short == "postgres://hdh@db.example:5432/hdh"
    assert read.for_psql == "postgresql://hdh@db.example:5432/hdh?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    variables = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/etc/ca.pem"}
    assert address.parse("postgres://hdh@db/hdh", variables).table == "pulumi_state"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("hdh@", "hdh:hunter22@"), "carries a password"),
        (GOOD + "&password=hunter22", "carries a password"),
        (GOOD.replace("verify-full", "require"), "sslmode is require"),
        (GOOD.replace("sslmode=verify-full&", ""), "sslmode is not said"),
        (GOOD.replace("&sslrootcert=/etc/ca.pem", ""), "no sslrootcert"),
        (GOOD + "&search_path=x", "unknown parameter search_path"),
        (GOOD.replace("states", "s;drop"), "not a table's name"),
        (GOOD.replace("/hdh?", "?"), "user, host and database"),
        (GOOD.replace("hdh@", ""), "user, host and database"),
        (GOOD.replace("5432", "70000"), "not an address"),
        ("https://db/hdh", "not an address of PostgreSQL"),
        ("postgres://u@h/d?what", "not an address"),
    ],
)
def test_an_address_that_is_not_safe_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        address.parse(text, {})
    assert said in str(refused.value)
    assert "hunter22" not in str(refused.value)
    assert refused.value.fix


def test_files_of_an_address_are_looked_at(tmp_path: Path) -> None:
    authority, password = tmp_path / "ca.pem", tmp_path / "pgpass"
    text = f"postgres://u@h/d?sslmode=verify-full&sslrootcert={authority}&passfile={password}"
    with pytest.raises(UserError, match=r"sslrootcert .*cannot be read"):
        address.check_files(address.parse(text, {}))
    authority.touch()
    password.touch(0o644)
    with pytest.raises(UserError, match=r"open to others .mode 644.; chmod 600"):
        address.check_files(address.parse(text, {}))
    password.chmod(0o600)
    address.check_files(address.parse(text, {}))
    with pytest.raises(UserError, match="no absolute path"):
        address.check_files(address.parse(text.replace(f"{tmp_path}/ca", "ca"), {}))


def test_an_environment_says_where_its_state_lies() -> None:
    folder = prepare("local").folder
    assert describe("local", {}).variables["PULUMI_BACKEND_URL"] == f"file://{folder}/backend"
    (folder / STATE_FILE).write_text(GOOD + "\n")
    assert describe("local", {}).variables["PULUMI_BACKEND_URL"] == GOOD
    # On an embedded cloud nothing exported counts; at a provider the person's word does.
    at_provider = {"OS_CLIENT_CONFIG_FILE": "/etc/clouds.yaml", "PULUMI_BACKEND_URL": "s3://states"}
    assert describe("local", {"PULUMI_BACKEND_URL": "s3://x"}).variables["PULUMI_BACKEND_URL"] == GOOD
    assert describe("local", at_provider).variables["PULUMI_BACKEND_URL"] == "s3://states"
    del at_provider["PULUMI_BACKEND_URL"]
    assert describe("local", at_provider).variables["PULUMI_BACKEND_URL"] == GOOD


def test_an_exported_password_is_refused_before_anything_shows_it() -> None:
    exported = {"OS_CLIENT_CONFIG_FILE": "/etc/clouds.yaml"}
    with pytest.raises(UserError, match="PULUMI_BACKEND_URL: the address carries a password"):
        describe("x", {**exported, "PULUMI_BACKEND_URL": GOOD.replace("hdh@", "hdh:hunter22@")})


def test_stacks_that_would_stay_behind_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = prepare("local")
    monkeypatch.setattr("socle.state.use.check", lambda text: address.parse(text, {}))
    _put(environment.folder / "backend", ".pulumi/stacks/hdh/local-data.json.gz")
    with pytest.raises(UserError, match="stacks in a folder: local-data; move them"):
        use(environment, GOOD)
    assert not (environment.folder / STATE_FILE).exists()
    (environment.folder / "backend/.pulumi/stacks/hdh/local-data.json.gz").unlink()
    use(environment, GOOD)
    path = environment.folder / STATE_FILE
    assert path.read_text().strip() == GOOD
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _put(folder: Path, key: str, content: bytes = b"{}") -> None:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_folder_is_read_by_key(tmp_path: Path) -> None:
    for key in ("hdh/a.json", "hdh/a.json.bak", "hdh/a.json.attrs", "hdh/b.json.zst", "c.json"):
        _put(tmp_path, f".pulumi/stacks/{key}")
    assert stacks(Folder(tmp_path)) == [Stack("hdh", "a"), Stack("hdh", "b")]
    Folder(tmp_path).remove(".pulumi/stacks/hdh/a.json")
    assert ".pulumi/stacks/hdh/a.json.attrs" not in [
        str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")
    ]
    Folder(tmp_path).add(".pulumi/x/y", b"1")
    Folder(tmp_path).add(".pulumi/x/y", b"2")
    assert list(Folder(tmp_path).blobs(".pulumi/x/")) == [(".pulumi/x/y", b"1")]


def test_a_backend_that_is_not_read_is_one_line() -> None:
    with pytest.raises(UserError, match="a state in s3 is not read"):
        open_store("s3://bucket")


def _lock(folder: Path, pid: int, host: str = "", ago: float = 0, stack: str = "local-platform") -> str:
    key = f".pulumi/locks/organization/hdh/{stack}/{pid}.json"
    when = datetime.now(UTC) - timedelta(seconds=ago)
    said = {"pid": pid, "username": "anna", "hostname": host or socket.gethostname()}
    _put(folder, key, json.dumps({**said, "timestamp": f"{when:%Y-%m-%dT%H:%M:%S.%f}123Z"}).encode())
    return key


def test_a_lock_names_its_holder_and_whether_it_lives(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        _lock(tmp_path, process.pid)
        (lock,) = locks.held(Folder(tmp_path), "local-platform")
        assert lock.holder == f"anna@{socket.gethostname()}:{process.pid}"
        assert lock.alive
        # Older than the process of that number: its holder is gone, and the number was given again.
        _lock(tmp_path, process.pid, ago=3600)
        assert not locks.held(Folder(tmp_path))[0].alive
        _lock(tmp_path, process.pid)
        process.kill()
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)
        assert not locks.held(Folder(tmp_path))[0].alive, "the remains of a process hold nothing"
    assert locks.held(Folder(tmp_path), "local-data") == []


def test_the_lock_of_a_dead_holder_goes_and_no_other(tmp_path: Path) -> None:
    said: list[str] = []
    dead, other = _lock(tmp_path, 4_194_305), _lock(tmp_path, 4_194_306, stack="local-data")
    assert [lock.key for lock in unlock(Folder(tmp_path), "local-platform", say=said.append)] == [dead]
    assert Folder(tmp_path).keys(".pulumi/locks/") == [other]
    assert said[0].startswith("removed the lock of anna@")
    assert unlock(Folder(tmp_path), "local-platform", say=said.append) == []
    assert said[1] == "local-platform is not locked"


@pytest.mark.parametrize(("host", "said"), [("", "is at work since"), ("desk-3", "is on another machine")])
def test_a_holder_that_may_live_keeps_its_lock_until_a_person_vouches(
    tmp_path: Path, host: str, said: str
) -> None:
    key = _lock(tmp_path, os.getpid(), host)
    holder = f"anna@{host or socket.gethostname()}:{os.getpid()}"
    with pytest.raises(UserError, match=f"{said}.*--holder {holder}"):
        unlock(Folder(tmp_path), "local-platform")
    with pytest.raises(UserError, match=f"holds no lock.*holders are {holder}"):
        unlock(Folder(tmp_path), "local-platform", "anna@desk-4:1")
    assert Folder(tmp_path).keys(".pulumi/locks/") == [key]
    unlock(Folder(tmp_path), "local-platform", holder)
    assert Folder(tmp_path).keys(".pulumi/locks/") == []


def test_what_was_begun_is_told() -> None:
    deployment = {"pending_operations": [{"type": "creating", "resource": {"urn": "urn:x", "type": "t"}}]}
    assert pending(deployment) == ["creating urn:x"]
    assert pending({"resources": []}) == []


def test_deployments_are_equal_when_resources_and_their_secrets_are() -> None:
    one = {"resources": [{"urn": "a", "outputs": {"plaintext": "x"}}], "manifest": {"time": 1}}
    assert equal(one, {**one, "manifest": {"time": 2}, "pending_operations": []})
    assert not equal(one, {"resources": [{"urn": "a", "outputs": {"plaintext": "y"}}]})
    assert not equal(one, {**one, "pending_operations": [{"type": "creating"}]})


@pytest.mark.parametrize(
    "hidden",
    [
        SECRET.encode(),
        json.dumps({"a": SECRET}).encode(),
        json.dumps({"a": SECRET})
        .replace("<", "\\u003c")
        .replace("&", "\\u0026")
        .replace(">", "\\u003e")
        .encode(),
        *(base64.b64encode(b"xyz"[:n] + SECRET.encode() + b"more") for n in range(3)),
        SECRET.encode().hex().encode(),
        b"p%2Fss%2Bw%22rd%3C%26%3E-tr%C3%A8s-long",
        gzip.compress(mtime=0, data=b'{"a": "' + SECRET.encode() + b'"}'),
    ],
)
def test_a_secret_is_found_in_every_form(hidden: bytes) -> None:
    assert needles.needle("value 1", SECRET).find(
        needles.opened(b"before " * (hidden[:1] != b"\x1f") + hidden)
    )
    record = judge("logs", [("x.log", hidden)], [needles.needle("value 1", SECRET)])
    assert record.verdict is Verdict.FAIL
    assert "value 1" in record.evidence
    assert SECRET not in record.model_dump_json()


def test_what_zstd_compressed_is_opened_and_what_is_damaged_is_unproven() -> None:
    packed = subprocess.run(["zstd", "-cq"], input=SECRET.encode(), capture_output=True, check=True).stdout
    one = needles.needle("value 1", SECRET)
    assert one.find(needles.opened(packed))
    zipped = gzip.compress(SECRET.encode() * 9)
    assert one.find(needles.opened(zipped[:-9])), "what was being written is read as far as it goes"
    assert one.find(needles.opened(gzip.compress(b"first") + gzip.compress(SECRET.encode())))
    for damaged in (zipped[:12] + b"\xff" * 9 + zipped[21:], packed[:-3]):
        record = judge("history", [("k", damaged), ("l", b"nothing")], [one])
        assert record.verdict is Verdict.UNPROVEN
        assert "cannot be decompressed" in record.evidence
        assert RecordSet.of([record]).exit_code() is ExitCode.UNPROVEN
    clear = judge("history", [("k", packed[:-3]), ("l", SECRET.encode())], [one])
    assert clear.verdict is Verdict.FAIL, "a finding wins over what could not be read"
    assert judge("history", [("l", b"nothing")], [one]).verdict is Verdict.PASS


def test_a_backend_that_cannot_be_read_is_unproven() -> None:
    def failing() -> object:
        raise FailureError("no answer")
        yield

    record = judge("state", failing(), [needles.needle("value 1", SECRET)])  # type: ignore[arg-type]
    assert record.verdict is Verdict.UNPROVEN
    assert "no answer" in record.evidence


def test_an_environments_own_secrets_are_looked_for_and_short_values_are_refused(tmp_path: Path) -> None:
    environment = prepare("local")
    phrase = (environment.folder / "passphrase").read_text().strip()
    password = tmp_path / "pgpass"
    password.write_text("# ours\ndb:5432:hdh:hdh:colon\\:in\\:it\n")
    (environment.folder / STATE_FILE).write_text(f"{GOOD}&passfile={password}\n")
    found = known(describe("local"), ["given-by-hand", ""])
    looked = {form for one in found for _, form in one.forms}
    assert {b"given-by-hand", phrase.encode(), b"colon:in:it"} <= looked
    with pytest.raises(UserError, match="value 2 is shorter than 8") as refused:
        known(environment, ["given-by-hand", "short1"])
    assert "short1" not in str(refused.value)


def test_sql_and_psqls_words() -> None:
    assert literal("it's") == "'it''s'"
    assert (
        reason("psql: error: connection failed: FATAL:  no\nHINT:  x\n")
        == "error: connection failed: FATAL:  no"
    )
    assert reason("") == "psql gave no reason"
