"""Keys of a space's objects: age's own tools read them, they follow from the one key, and go with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.administrators import openers
from infra.facts import FactError
from infra.plan import age
from infra.specification import load
from infra.stackfile import ROOT
from socle.errors import ExitCode, UserError
from socle.space import access, key, objects
from socle.space.credential import Credential, Held, write
from tests.unit.socle.conftest import ALPHA

# openstacksdk's own way of saying so, about itself.
pytestmark = pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")
STACK = "local-space-alpha"
GATEWAY, ACCOUNT = "https://10.16.2.10:8443", "AUTH_0123"
PEOPLE = "stacks/administrators.yaml"


def keygen(identity: str) -> str:
    """What age itself says the public half of a secret key is."""
    done = subprocess.run(["age-keygen", "-y"], input=identity, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_age_reads_what_we_write_and_finds_the_same_public_keys(tmp_path: Path) -> None:
    for number in range(4):
        found = objects.keys_of(tmp_path, STACK)
        assert len(found.identities) == number + 1
        assert [keygen(one) for one in found.identities] == [*found.recipients]
        objects.turn_over(tmp_path, STACK)


def test_they_follow_from_the_space_s_one_key_and_tell_nothing_of_it(tmp_path: Path) -> None:
    alpha, beta = (objects.keys_of(tmp_path, f"local-space-{name}") for name in ("alpha", "beta"))
    assert objects.keys_of(tmp_path, STACK) == alpha
    assert not {*alpha.identities, alpha.origin} & {*beta.identities, beta.origin}
    one = key.key_of(tmp_path, STACK)
    text = objects.document("local-alpha", alpha, [])
    assert not [place for place in range(0, len(one), 8) if one[place : place + 8] in text.lower()]
    key.destroy(tmp_path, STACK)
    with pytest.raises(UserError, match="the key that this space was given is gone"):
        objects.keys_of(tmp_path, STACK)
    assert objects.known(tmp_path, STACK) == ()


@pytest.mark.parametrize("text", ["", "0", "x", "-1", "1.5", "99999", "²"])
def test_a_damaged_number_is_said_so(tmp_path: Path, text: str) -> None:
    objects.generation_file(tmp_path, STACK).write_text(text)
    with pytest.raises(UserError, match="not a number of generations"):
        objects.keys_of(tmp_path, STACK)


@given(st.binary(min_size=32, max_size=32))
def test_a_public_key_is_read_as_it_was_written(public: bytes) -> None:
    assert age.is_recipient(age.recipient(public)) == age.recipient(public)


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(4, 61),
    st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
)
def test_a_wrong_letter_is_noticed(public: bytes, place: int, letter: str) -> None:
    text = age.recipient(public)
    if text[place] != letter:
        with pytest.raises(ValueError, match="a letter of the key is wrong"):
            age.is_recipient(text[:place] + letter + text[place + 1 :])


SECRET = age.identity(bytes(32))
BAD = {
    "": "not a public key of age",
    "age1": "a letter of the key is wrong",
    "ssh-ed25519 AAAA": "not a public key of age",
    SECRET: "that is a secret key",
    SECRET.lower(): "that is a secret key",
    age.recipient(bytes(32)).upper(): "not a public key of age",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_public_key_is_refused_in_the_table_in_one_line(tree: Path, text: str) -> None:
    people = tree / PEOPLE
    people.write_text(people.read_text().replace("    approves:", f"    opens: {text!r}\n    approves:", 1))
    with pytest.raises(FactError) as refused:
        openers(load("local-platform", tree), root=tree)
    assert BAD[text] in str(refused.value)
    assert f"{PEOPLE}:" in str(refused.value)
    assert not text or SECRET not in str(refused.value).upper()


def test_results_are_sealed_to_whose_grant_stands(tree: Path) -> None:
    people, mine = tree / PEOPLE, age.recipient(bytes(32))
    people.write_text(people.read_text().replace("    approves:", f"    opens: {mine}\n    approves:", 1))
    base = load("local-platform", tree)
    assert openers(base, root=tree) == {"sample": mine}
    text = people.read_text()
    people.write_text(text.replace("2026-11-01", "2024-11-01").replace("2027-10-31", "2025-10-31"))
    assert openers(base, root=tree) == {}


def asked(module: str, tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", f"socle.space.{module}", *words]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SOCLE_SSH_DIR": str(tree / "ssh")}
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, env=env)


def test_who_brings_data_gets_what_seals_and_not_what_opens(tree: Path) -> None:
    words = ("--environment", "local", "--space", "alpha")
    whole, only = (
        json.loads(asked("objects", tree, *words, *more).stdout) for more in ((), ("--seal-only",))
    )
    assert whole["identities"]
    assert only == {**whole, "identities": []}
    refused = asked("objects", tree, "--environment", "local", "--space", "../x")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (ExitCode.USAGE, "", 1)


def files(tree: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("SOCLE_SSH_DIR", str(tree / "ssh"))
    return access.files("local", "alpha", GATEWAY, ACCOUNT)


def test_a_workstation_gets_what_leads_through_the_gateway(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    from openstack.config import OpenStackConfig

    assert set(files(tree, monkeypatch)) == {"objects.json"}, "a provider may delegate no projects"
    write(tree / "keys", STACK, Held(datetime.now(UTC), {STACK: Credential("a" * 32, "s3cret", ())}))
    found = files(tree, monkeypatch)
    (tree / "clouds.yaml").write_text(found["clouds.yaml"])
    config = OpenStackConfig(
        config_files=[str(tree / "clouds.yaml")], secure_files=[], vendor_files=[], load_envvars=False
    )
    entry = config.get_one(STACK)
    assert entry.get_auth_args() == {
        "auth_url": f"{GATEWAY}/v3",
        "application_credential_id": "a" * 32,
        "application_credential_secret": "s3cret",
    }
    assert entry.config["object_store_endpoint_override"] == f"{GATEWAY}/v1/{ACCOUNT}"


@pytest.mark.parametrize("phase", ["frozen", "closed"])
def test_a_space_that_is_not_open_gets_nothing(
    tree: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    text = (tree / ALPHA).read_text()
    (tree / ALPHA).write_text(text.replace("phase: open\n", f"phase: {phase}\n"))
    assert files(tree, monkeypatch) == {}


def test_without_a_gateway_nothing_is_printed(tree: Path) -> None:
    words = ("--environment", "local", "--space", "alpha", "--gateway", "https://", "--account", "AUTH_x")
    done = asked("access", tree, *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (ExitCode.USAGE, "", 1)
