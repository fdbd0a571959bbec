"""`space-objects` as people run it, with the real age, through the real gateway: sealed, bound and whole."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from socle.space import access, key, objects
from socle.space.credential import Credential, Held
from tests.unit.roles.gateway import ALPHA, CREDENTIAL, PROJECT, Gateway
from tests.unit.roles.object_store import ObjectStore
from tests.unit.roles.rendered import ROOT

PROGRAM = ROOT / "roles/object_client/files/space_objects"
STACK, OUT, IN = "local-space-alpha", "local-alpha-out", "local-alpha-in"
# The program as it is, but for where the gateway's address leads, and from which address a space comes.
ROUTED = f"""import http.client, socket, sys, runpy
sys.dont_write_bytecode, real, port = True, socket.create_connection, int(sys.argv.pop(1))
socket.create_connection = lambda where, timeout=None, source_address=None: real(
    ("127.0.0.1", port), timeout, ({ALPHA!r}, 0))
runpy.run_path({str(PROGRAM)!r}, run_name="__main__")"""
MARK, RESULT = b"age-encryption.org/v1\n", b"cohort;count\ndiabetes;4711\n"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ObjectStore, Gateway]]:
    folder = tmp_path_factory.mktemp("gateway")
    made = ObjectStore(folder)
    gateway = Gateway(folder, object_gateway_store=made.place, object_gateway_identity=made.place)
    yield made, gateway
    gateway.close()
    made.close()


@pytest.fixture(autouse=True)
def held(store: tuple[ObjectStore, Gateway]) -> dict[str, bytes]:
    """What the store holds."""
    store[0].objects.clear()
    store[0].cut = 0
    return store[0].objects


@pytest.fixture
def desk(tmp_path: Path, store: tuple[ObjectStore, Gateway]) -> Path:
    """A person's folder on the sealed volume, as the role fills it, with two generations of keys."""
    keys = tmp_path / "keys"
    objects.keys_of(keys, STACK)
    credentials = {
        project: Credential(CREDENTIAL["alpha"], "s3cret-_", ()) for project in (STACK, "local-base-stays")
    }
    clouds = json.loads(
        access.clouds(
            Held(datetime.now(UTC) + timedelta(1), credentials), "https://10.16.2.10:8443", f"AUTH_{PROJECT}"
        )
    )
    for entry in clouds["clouds"].values():
        entry["cacert"] = str(store[1].folder / "ca/gateway.crt")
    folder = tmp_path / "access"
    folder.mkdir()
    (folder / "clouds.yaml").write_text(json.dumps(clouds))
    (folder / "objects.json").write_text(
        objects.document("local-alpha", objects.keys_of(keys, STACK), [reader(tmp_path)])
    )
    return folder


def reader(folder: Path) -> str:
    """The public key of somebody who takes out results; the secret one is in `airlock.key`."""
    made = folder / "airlock.key"
    if not made.exists():
        subprocess.run(["age-keygen", "-o", str(made)], check=True, capture_output=True)
    return subprocess.run(
        ["age-keygen", "-y", str(made)], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def run(tmp_path: Path, desk: Path, store: tuple[ObjectStore, Gateway]) -> Run:
    def _run(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        more = ["--access", str(desk)] if words[:1] and words[0] in ("list", "get", "put") else []
        argv = ["/usr/bin/python3", "-I", "-c", ROUTED, str(store[1].port), *words, *more]
        return subprocess.run(
            argv, cwd=tmp_path, input=typed, capture_output=True, text=True, check=False, timeout=60
        )

    return _run


def keys_file(tmp_path: Path, *, opens: bool = True) -> Path:
    """The controller's, of the present generation."""
    file = tmp_path / ("all.json" if opens else "seal.json")
    found = objects.keys_of(tmp_path / "keys", STACK)
    file.write_text(objects.document("local-alpha", found, [reader(tmp_path)], opens=opens))
    return file


def given_out(run: Run, tmp_path: Path, name: str, data: bytes = RESULT) -> None:
    (tmp_path / "data").write_bytes(data)
    done = run("put", "data", name)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    (tmp_path / "data").unlink()


def refused(done: subprocess.CompletedProcess[str], code: int, said: str) -> None:
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stderr
    assert said in done.stderr
    assert done.stderr.startswith("space-objects: ")


@pytest.mark.parametrize("size", [0, 1, 65535 - 107, 65536, 3 * 65536 + 5, 5_000_000])
def test_what_is_given_out_is_sealed_and_comes_back_whole(
    run: Run, tmp_path: Path, held: dict[str, bytes], size: int
) -> None:
    data = os.urandom(size)
    given_out(run, tmp_path, "2028/été 1.csv", data)
    (lying,) = held.values()
    assert lying.startswith(MARK)
    assert len(data) < 64 or data[:64] not in lying
    assert b"2028" not in lying, "nor does it tell its name"
    listed = run("list", "out")
    assert listed.stdout.split(maxsplit=2)[::2] == [str(len(lying)), "2028/été 1.csv\n"], listed.stderr
    done = run("get", "--from", "out", "2028/été 1.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "été 1.csv").read_bytes() == data
    assert (tmp_path / "été 1.csv").stat().st_mode & 0o777 == 0o600


def spoilt() -> dict[str, Callable[[bytes], bytes]]:
    return {
        "cut in the last piece": lambda lying: lying[:-1],
        "cut between two pieces": lambda lying: lying[: lying.index(b"\n---") + 100 + 2 * 65552],
        "cut in the header": lambda lying: lying[:60],
        "one bit": lambda lying: lying[:-70000] + bytes([lying[-70000] ^ 1]) + lying[-69999:],
        "two pieces in another order": lambda lying: (
            lying[: -2 * 65552] + lying[-65552:] + lying[-2 * 65552 : -65552]
        ),
        "more after it": lambda lying: lying + b"x",
        "another header": lambda lying: lying.replace(b"X25519", b"X25518", 1),
    }


@pytest.mark.parametrize("how", spoilt())
def test_what_was_changed_on_the_way_leaves_nothing(
    run: Run, tmp_path: Path, held: dict[str, bytes], how: str
) -> None:
    given_out(run, tmp_path, "a.csv", os.urandom(300_000))
    held[f"{OUT}/a.csv"] = spoilt()[how](held[f"{OUT}/a.csv"])
    before = set(tmp_path.iterdir())
    said = "no key here opens it" if how == "another header" else "it is not"
    refused(run("get", "--from", "out", "a.csv"), 3, said)
    assert set(tmp_path.iterdir()) == before


def test_an_answer_that_stops_early_is_no_object(
    run: Run, tmp_path: Path, held: dict[str, bytes], store: tuple[ObjectStore, Gateway]
) -> None:
    given_out(run, tmp_path, "a.csv")
    assert held
    store[0].cut = 9
    before = set(tmp_path.iterdir())
    refused(run("get", "--from", "out", "a.csv"), 4, "try again")
    assert set(tmp_path.iterdir()) == before


def test_one_object_in_the_place_of_another_is_noticed(
    run: Run, tmp_path: Path, held: dict[str, bytes]
) -> None:
    given_out(run, tmp_path, "a.csv")
    given_out(run, tmp_path, "b.csv", b"other")
    held[f"{OUT}/a.csv"], held[f"{OUT}/b.csv"] = held[f"{OUT}/b.csv"], held[f"{OUT}/a.csv"]
    held[f"{IN}/a.csv"] = held[f"{OUT}/b.csv"]
    refused(run("get", "--from", "out", "a.csv"), 3, f"{OUT}/a.csv: somebody put {OUT}/b.csv in its place")
    refused(run("get", "a.csv"), 3, f"{IN}/a.csv: somebody put {OUT}/a.csv in its place")
    assert run("get", "--from", "out", "a.csv", "--unsealed").returncode == 0
    assert (tmp_path / "a.csv").read_bytes().startswith(MARK), "as it lies there, and still sealed"


def test_who_knows_the_public_keys_cannot_make_one(run: Run, tmp_path: Path, held: dict[str, bytes]) -> None:
    ours = objects.keys_of(tmp_path / "keys", STACK)
    theirs = objects.keys_of(tmp_path / "keys", "local-space-beta")
    forged = objects.Keys(ours.identities, ours.recipients, theirs.origin)
    (tmp_path / "forged.json").write_text(objects.document("local-alpha", forged, []))
    (tmp_path / "lie").write_bytes(b"a lie")
    words = ("lie", "sealed", "--name", f"{IN}/a.csv", "--keys", "forged.json")
    assert run("seal", *words).returncode == 0
    held[f"{IN}/a.csv"] = (tmp_path / "sealed").read_bytes()
    refused(run("get", "a.csv"), 3, f"{IN}/a.csv: not sealed by this space, nor for it")
    plain = subprocess.run(
        ["age", "-r", ours.recipients[0]], input=b"a lie\n", capture_output=True, check=True
    )
    held[f"{IN}/b.csv"] = plain.stdout
    refused(run("get", "b.csv"), 3, "sealed, but not by this")


def test_what_comes_in_is_sealed_by_who_cannot_open_it(
    run: Run, tmp_path: Path, held: dict[str, bytes]
) -> None:
    (tmp_path / "codes").write_bytes(RESULT)
    only = str(keys_file(tmp_path, opens=False))
    words = ("codes", "sealed", "--name", f"{IN}/study/codes.csv", "--keys")
    assert run("seal", *words, only).returncode == 0
    copy = ("open", "sealed", "copy", "--name", f"{IN}/study/codes.csv", "--keys", only)
    refused(run(*copy), 2, "these keys seal and do not open")
    # What comes in is not for those who take out.
    refused(run(*copy, "--identity", "airlock.key"), 3, "no key here opens it")
    held[f"{IN}/study/codes.csv"] = (tmp_path / "sealed").read_bytes()
    assert run("get", "study/codes.csv").returncode == 0
    assert (tmp_path / "codes.csv").read_bytes() == RESULT


def test_who_takes_out_opens_what_was_given_out(run: Run, tmp_path: Path, held: dict[str, bytes]) -> None:
    given_out(run, tmp_path, "a.csv")
    (tmp_path / "copy").write_bytes(held[f"{OUT}/a.csv"])
    only = str(keys_file(tmp_path, opens=False))
    words = ("open", "copy", "--name", f"{OUT}/a.csv", "--keys", only, "--identity", "airlock.key")
    assert run(*words[:2], "result", *words[2:]).returncode == 0
    assert (tmp_path / "result").read_bytes() == RESULT
    plain = subprocess.run(
        ["age", "-d", "-i", "airlock.key", "copy"], cwd=tmp_path, capture_output=True, check=True
    )
    assert plain.stdout.partition(b"\n")[2] == RESULT, "and with age alone, when there is nothing else"


def test_a_new_generation_seals_and_the_old_ones_still_open(run: Run, tmp_path: Path, desk: Path) -> None:
    given_out(run, tmp_path, "old.csv")
    before = (desk / "objects.json").read_text()
    assert objects.turn_over(tmp_path / "keys", STACK) == 2
    (desk / "objects.json").write_text(keys_file(tmp_path).read_text())
    given_out(run, tmp_path, "new.csv")
    for name in ("old.csv", "new.csv"):
        assert run("get", "--from", "out", name).returncode == 0
    (desk / "objects.json").write_text(before)
    refused(run("get", "--from", "out", "new.csv", "--force"), 3, "no key here opens it")


def test_a_copy_that_was_kept_opens_before_the_erasure_and_not_after(
    run: Run, tmp_path: Path, held: dict[str, bytes]
) -> None:
    given_out(run, tmp_path, "a.csv")
    (tmp_path / "kept").write_bytes(held[f"{OUT}/a.csv"])
    ssh = tmp_path / "ssh"
    words = ("open", "kept", "result", "--name", f"{OUT}/a.csv", "--keys", "-", "--force")

    def asked() -> subprocess.CompletedProcess[str]:
        argv = [str(ROOT / ".venv/bin/python"), "-m", "socle.space.objects"]
        argv += ["--environment", "local", "--space", "alpha"]
        env = {**os.environ, "SOCLE_SSH_DIR": str(ssh)}
        return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert run(*words, typed=asked().stdout).returncode == 0
    assert (tmp_path / "result").read_bytes() == RESULT
    key.destroy(tmp_path / "keys", STACK)
    gone = asked()
    assert (gone.returncode, gone.stdout) == (2, "")
    assert "the key that this space was given is gone" in gone.stderr
    # As if somebody made a key where the old one lay: it opens nothing.
    (tmp_path / "keys" / f"{STACK}.key").write_text("ab" * key.BYTES)
    refused(run(*words, typed=asked().stdout), 3, "no key here opens it")
    assert (tmp_path / "result").read_bytes() == RESULT


def test_a_base_is_fetched_as_it_is(run: Run, tmp_path: Path, held: dict[str, bytes]) -> None:
    held["local-base-stays/2027.csv"] = b"stays"
    assert run("get", "--from", "stays", "2027.csv").returncode == 0
    assert (tmp_path / "2027.csv").read_bytes() == b"stays"
    held[f"{IN}/plain.csv"] = b"in clear"
    refused(run("get", "plain.csv"), 3, "it is not sealed")


def test_what_cannot_be_read_to_its_end_is_not_given_out(run: Run, held: dict[str, bytes]) -> None:
    """/proc/self/mem opens, and fails at the first byte: a disk that breaks."""
    done = run("put", "/proc/self/mem", "a.csv")
    refused(done, 1, "/proc/self/mem: cannot be read")
    assert held == {}


def test_an_end_that_never_came_is_not_stored(run: Run, tmp_path: Path, held: dict[str, bytes]) -> None:
    """age, killed in the middle of a large object: what was sent must not count as one."""
    shim = tmp_path / "bin"
    shim.mkdir()
    (shim / "age").write_text('#!/bin/sh\n/usr/bin/age "$@" | head -c 900000; kill -9 $$\n')
    (shim / "age").chmod(0o755)
    (tmp_path / "data").write_bytes(bytes(2_000_000))
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{shim}:{before}"
    try:
        done = run("put", "data", "a.csv")
    finally:
        os.environ["PATH"] = before
    assert done.returncode == 1
    assert held == {}


BAD = [
    (("get", "nothing.csv"), 1, "there is no such object"),
    (("get", "../x"), 2, "no name for an object"),
    (("get", "a\nb"), 2, "no name for an object"),
    (("get", "😀"), 2, "no name for an object"),
    (("get", "é" * 600), 2, "no name for an object"),
    (("get", "--from", "moon", "x"), 2, "the space has no credential for it; it has local-base-stays"),
    (("put", "missing.csv"), 1, "missing.csv: No such file or directory"),
    (("put", "large"), 2, "are too many for one object; split it"),
    (("put", "empty", "a&b"), 2, "no name for an object"),
    (("seal", "empty", "x", "--name", "nowhere"), 2, "write the container, a slash"),
    (
        ("seal", "empty", "empty", "--name", f"{OUT}/a", "--keys", "access/objects.json"),
        2,
        "there is one already",
    ),
    (
        ("seal", "empty", "x", "--name", f"{OUT}/a", "--keys", "missing"),
        2,
        "the keys of the space cannot be read",
    ),
    (("seal", "empty", "x", "--name", f"{OUT}/a", "--keys", "empty"), 2, "not the keys of a space"),
    (("open", "empty", "x", "--name", f"{OUT}/a", "--keys", "access/objects.json"), 3, "it is not sealed"),
]


@pytest.mark.parametrize("bad", BAD, ids=[" ".join(words)[:40] for words, _, _ in BAD])
def test_what_cannot_be_is_one_line(
    run: Run, tmp_path: Path, held: dict[str, bytes], bad: tuple[tuple[str, ...], int, str]
) -> None:
    words, code, said = bad
    (tmp_path / "empty").touch()
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(5 * 1024**3)
    refused(run(*words), code, said)
    assert held == {}


def test_without_a_gateway_or_a_credential_it_says_so(run: Run, desk: Path) -> None:
    (desk / "clouds.yaml").write_text((desk / "clouds.yaml").read_text().replace("a" * 32, "f" * 32))
    refused(run("list"), 1, "refused by the gateway: undeclared; only what the space's table grants")
    (desk / "clouds.yaml").unlink()
    refused(run("list"), 2, "the space has no credential here")


def test_help_shows_what_to_type(run: Run) -> None:
    said = run("--help").stdout
    assert "space-objects put results.csv" in said
    assert run("put", "--help").returncode == 0
