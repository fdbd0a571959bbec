"""A space is erased on the real cloud: what was kept of its volume, as a copy or a backup, opens no more.

It comes after test_space_life.py and ends the space for good; the tables are as before when the module ends.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from socle.space import objects
from socle.space.key import folder, key_file
from tests.cloud import kept
from tests.cloud.kept import NO_KEY, read
from tests.cloud.live import CLOUD, NAME, ROOT, SERVICES, SOCLE, environment, on_host, run
from tests.cloud.space import (
    DESK,
    OWN,
    SPACE,
    STACK,
    rules,
    server,
    settled,
    tables_restored,
    verb,
    volume,
)

SECRET = f"socle-result-{secrets.token_hex(12)}"
OBJECT = "result.csv"
SPACE_OBJECTS = "roles/object_client/files/space_objects"

CONTAINERS = {f"{OWN}in", f"{OWN}out"}


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    with tables_restored():
        yield


def containers(cloud: Any) -> set[str]:
    return {container.name for container in cloud.object_store.containers()}


def test_a_closed_space_keeps_its_volume_and_its_containers_only(cloud: Any) -> None:
    on_host(DESK, f"echo {SECRET} >result && sudo cp result /srv/work/result && sync")
    assert "sealed and given out" in on_host(DESK, f"space-objects put result {OBJECT}")
    verb("close")
    assert server(cloud) is None
    assert rules(cloud) == []
    assert volume(cloud).status == "available"
    assert containers(cloud) >= CONTAINERS
    assert not [net for net in cloud.network.networks() if net.name.startswith(OWN)]
    settled()


@pytest.fixture(scope="module")
def copy(cloud: Any) -> Iterator[str]:
    """A volume that somebody made of the closed space's; its device on the services host."""
    with kept.attached(cloud, kept.clone(cloud, volume(cloud))) as device:
        yield device


@pytest.fixture(scope="module")
def backup(cloud: Any) -> Any:
    """A backup of the closed space's volume."""
    return kept.backup(cloud, volume(cloud))


@pytest.fixture(scope="module")
def restored(cloud: Any, backup: Any) -> Iterator[str]:
    """What somebody restored from that backup, while there was one; its device on the services host."""
    made = kept.restore(cloud, backup, volume(cloud).volume_type)
    with kept.attached(cloud, made) as device:
        yield device


def asked_for_key() -> subprocess.CompletedProcess[str]:
    """The key, as the controller gives it to a converge."""
    return run(
        ".venv/bin/python", "-m", "socle.space.key", "--environment", NAME, "--space", SPACE, check=False
    )


def test_a_copy_can_be_read_while_the_key_is_there(copy: str) -> None:
    on_host(SERVICES, "command -v cryptsetup || sudo apt-get install -y cryptsetup-bin >/dev/null")
    assert SECRET in read(copy, asked_for_key().stdout)
    assert NO_KEY in read(copy, secrets.token_hex(64))


def test_a_backup_lies_where_whoever_changes_the_volume_cannot(cloud: Any, backup: Any) -> None:
    assert backup.container not in containers(cloud)
    assert (volume(cloud).status, backup.object_count > 0) == ("available", True)


@pytest.mark.usefixtures("copy")
def test_a_backup_can_be_read_while_the_key_is_there(restored: str) -> None:
    assert SECRET in read(restored, asked_for_key().stdout)
    assert NO_KEY in read(restored, secrets.token_hex(64))


@pytest.fixture(scope="module")
def sealed(cloud: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the object that the space gave out, kept by somebody: as it lies in the store."""
    file = tmp_path_factory.mktemp("kept") / "object"
    file.write_bytes(cloud.object_store.get(f"/{OWN}out/{OBJECT}").content)
    # Exported, as far as the erasure can tell.
    cloud.object_store.delete_object(OBJECT, container=f"{OWN}out")
    return file


def keys_of_objects() -> subprocess.CompletedProcess[str]:
    """As the customer's machine gives them to a pipe."""
    argv = (".venv/bin/python", "-m", "socle.space.objects", "--environment", NAME, "--space", SPACE)
    return run(*argv, check=False)


def opened(sealed: Path, keys: str) -> subprocess.CompletedProcess[str]:
    """The copy, with these keys, by the command for people: no store is asked."""
    result = sealed.with_name("result")
    result.unlink(missing_ok=True)
    argv = ["/usr/bin/python3", "-IB", SPACE_OBJECTS, "open", str(sealed), str(result)]
    argv += ["--name", f"{OWN}out/{OBJECT}", "--keys", "-"]
    return subprocess.run(argv, cwd=ROOT, input=keys, capture_output=True, text=True, check=False)


def test_a_copy_of_an_object_opens_while_the_key_is_there(sealed: Path) -> None:
    assert SECRET.encode() not in sealed.read_bytes()
    done = opened(sealed, keys_of_objects().stdout)
    assert done.returncode == 0, done.stderr
    assert SECRET in sealed.with_name("result").read_text()


def code() -> str:
    """The approver's one-time code, of a second factor that was just enrolled: each counts once."""
    printed = run(SOCLE, "admin", "enrol", "--cloud", CLOUD, "sample", "--renew").stdout
    totp = pyotp.parse_uri(printed.strip())
    assert isinstance(totp, pyotp.TOTP)
    return f"{totp.now()}\n"


ERASE = (SOCLE, "space", "erase", "--cloud", CLOUD, SPACE, "--approver", "sample", "--yes")


def erase(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ERASE, *words],
        cwd=ROOT,
        env=environment(),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.usefixtures("copy", "restored", "sealed")
def test_results_that_nobody_exported_keep_it(cloud: Any) -> None:
    cloud.object_store.upload_object(f"{OWN}out", "table.csv", data=b"a;b\n")
    refused = erase(typed=code())
    assert refused.returncode != 0
    assert "were not exported" in refused.stderr
    assert asked_for_key().returncode == 0
    cloud.object_store.delete_object("table.csv", container=f"{OWN}out")


@pytest.mark.usefixtures("copy")
def test_it_says_before_what_will_be_destroyed() -> None:
    said = erase("--preview").stdout
    assert said.startswith("The space's key is destroyed first")
    for thing in (f"volume {DESK}-work", *(f"container {name}" for name in sorted(CONTAINERS))):
        assert f"Deleted: {thing}" in said
    assert "Deleted, or unreadable where the provider keeps it: backup nightly" in said
    for name in ("kept", "restored"):
        assert f"Left to whose it is, unreadable: volume made from one of its {name}" in said


@pytest.mark.usefixtures("copy")
def test_an_erasure_that_was_killed_goes_on(cloud: Any) -> None:
    key = key_file(folder(Path(environment()["SOCLE_SSH_DIR"])), STACK)
    began = subprocess.Popen(
        ERASE, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, start_new_session=True, text=True
    )
    assert began.stdin
    with began.stdin as typed:
        typed.write(code())
    end = time.monotonic() + 120
    while key.exists() and time.monotonic() < end and began.poll() is None:
        time.sleep(0.2)
    time.sleep(1)
    os.killpg(began.pid, signal.SIGKILL)
    began.wait()
    assert not key.exists()
    done = erase()  # no code: what began was approved
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    left = {one.name for one in cloud.block_storage.volumes()}
    assert f"{DESK}-work" not in left
    assert {"kept", "restored"} <= left, "what is somebody else's was deleted"
    assert not [one for one in cloud.block_storage.backups() if one.name == "nightly"]
    assert not CONTAINERS & containers(cloud)


def test_the_same_copy_opens_no_more(copy: str) -> None:
    refused = asked_for_key()
    assert refused.returncode == 2
    assert "the key that this space was given is gone" in refused.stderr
    assert refused.stdout == ""
    # Whatever key is made in the place of the one that is gone.
    assert NO_KEY in read(copy, secrets.token_hex(64))
    assert on_host(SERVICES, f"sudo grep -acF {SECRET} {copy} || true", timeout=600).strip() == "0"


def test_the_same_backup_opens_no_more(restored: str) -> None:
    assert asked_for_key().stdout == ""
    assert NO_KEY in read(restored, secrets.token_hex(64))


def test_the_same_copy_of_the_object_opens_no_more(sealed: Path, tmp_path: Path) -> None:
    refused = keys_of_objects()
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the key that this space was given is gone" in refused.stderr
    other = objects.document(OWN.rstrip("-"), objects.keys_of(tmp_path, STACK), [])
    done = opened(sealed, other)
    print(done.stderr)
    assert (done.returncode, sealed.with_name("result").exists()) == (3, False)
    assert "no key here opens it" in done.stderr


def certificate() -> Path:
    (file,) = Path(environment()["SOCLE_SSH_DIR"], "../erasures").glob(f"{STACK}-*.json")
    return file


@pytest.mark.usefixtures("copy", "restored")
def test_the_certificate_holds_but_for_what_only_the_provider_can_attest(backup: Any) -> None:
    done = run(
        SOCLE, "space", "verify", "--cloud", CLOUD, str(certificate()), "--format", "json", check=False
    )
    print(run(SOCLE, "space", "verify", "--cloud", CLOUD, str(certificate()), check=False).stdout)
    assert done.returncode == 4, done.stderr
    found = {one["check"]: one["verdict"] for one in json.loads(done.stdout)["records"]}
    said = json.loads(certificate().read_text())
    assert f"{OWN}out/table.csv" in said["objects"]["in clear"]
    assert said["objects"]["sealed"] >= 1
    assert backup.id in {one["id"] for one in said["was"]}
    assert {one["name"] for one in said["copies of others, unreadable"]} == {"kept", "restored"}
    assert said["backups kept, unreadable"] == []
    # Copies are somebody's: they are named, and nobody can show here that nobody can read them.
    assert found == {
        "erasure-signature": "pass",
        "erasure-key": "pass",
        # What a test above stored in clear is named; all else was sealed.
        "erasure-objects": "unproven",
        "erasure-backups": "pass",
        "erasure-cloud": "unproven",
        "erasure-number": "pass",
        "erasure-provider": "unproven",
    }


@pytest.mark.usefixtures("copy")
def test_a_changed_certificate_is_noticed(tmp_path: Path) -> None:
    real, changed = certificate(), tmp_path / "changed.json"
    changed.write_text(real.read_text().replace('"sample"', '"somebody"'))
    (tmp_path / "changed.json.sig").write_bytes(real.with_name(real.name + ".sig").read_bytes())
    assert run(SOCLE, "space", "verify", "--cloud", CLOUD, str(changed), check=False).returncode == 3


@pytest.mark.usefixtures("copy")
def test_nobody_erases_twice_or_opens_it_again() -> None:
    again = erase()
    assert again.returncode == 2
    assert "no such file" in again.stderr
