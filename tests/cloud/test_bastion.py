"""The way in: automation only passes through, to declared hosts; a named person gets a recorded shell."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

import pyotp
import pytest

from tests.cloud.live import BASTION, CLOUD, SERVICES, SOCLE, environment, on_host, outputs, run

PROHIBITED = "administratively prohibited"


def ssh(user: str, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    """ssh to the bastion as this account, by the environment's own configuration and no open connection."""
    options = ("-F", "playbooks/ssh_config", "-o", "ControlPath=none", "-o", "BatchMode=yes")
    split = words.index("--") if "--" in words else len(words)
    target = f"{user}@{outputs()['bastion_address']}"
    return run("ssh", *options, *words[:split], target, *words[split + 1 :], check=check)


def address(name: str) -> str:
    return next(str(host["address"]) for host in outputs()["hosts"] if host["name"] == name)


def test_the_jump_leads_to_declared_hosts() -> None:
    assert "SSH-2.0" in ssh("jump", "-n", "-W", f"{address(SERVICES)}:22").stdout


@pytest.mark.parametrize("place", ["127.0.0.1:22", "198.18.255.1:3142", "services:80"])
def test_the_jump_leads_nowhere_else(place: str) -> None:
    where = place.replace("services", address(SERVICES))
    assert PROHIBITED in ssh("jump", "-n", "-W", where).stderr


def test_the_jump_gives_no_shell() -> None:
    refused = ssh("jump", "-tt", "--", "id")
    assert refused.returncode != 0
    assert "uid=" not in refused.stdout


def test_automation_itself_forwards_nothing() -> None:
    assert PROHIBITED in ssh("automation", "-n", "-W", f"{address(SERVICES)}:22").stderr


@pytest.fixture(scope="module")
def key() -> Path:
    """The sample person's key, where this machine has it; made when there is none."""
    path = Path(environment()["SOCLE_SSH_DIR"], "sample")
    if not path.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path))
    return path


@pytest.fixture(scope="module")
def serial(key: Path) -> str:
    """A certificate for it, as a person gets one; its serial."""
    printed = run(SOCLE, "admin", "enrol", "--cloud", CLOUD, "sample", "--renew").stdout
    totp = pyotp.parse_uri(printed.strip())
    assert isinstance(totp, pyotp.TOTP)
    argv = [SOCLE, "admin", "sign", "--cloud", CLOUD, "sample", "--key", f"{key}.pub", "--minutes", "30"]
    signed = subprocess.run(
        argv, env=environment(), input=totp.now() + "\n", capture_output=True, text=True, check=False
    )
    assert signed.returncode == 0, signed.stderr
    # The first signature made the authority, which hosts know after a converge.
    run("ansible-playbook", "playbooks/site.yml", "--tags", "people", timeout=1200)
    return signed.stdout.partition("serial ")[2].partition(",")[0]


def as_sample(key: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return ssh("sample", "-i", str(key), *words)


def test_a_person_is_recorded(key: Path, serial: str) -> None:
    assert serial
    word = secrets.token_hex(8)
    seen = as_sample(key, "-tt", "--", f"echo {word} | rev; sudo -n id; tty")
    shown = word[::-1]  # made on the host: the entry that says what was asked for has the word alone
    assert shown in seen.stdout
    assert "uid=0" not in seen.stdout
    journal = "sudo journalctl -q -t socle-record _UID=0 --since=-10min -o cat"
    kept = on_host(BASTION, f"{journal} | grep {shown}")
    assert '"person": "sample"' in kept
    assert '"out"' in kept


def test_a_person_has_no_other_way(key: Path, serial: str) -> None:
    assert serial
    assert "a terminal is needed" in as_sample(key, "--", "id").stderr
    assert PROHIBITED in as_sample(key, "-n", "-W", f"{address(SERVICES)}:22").stderr
    assert "Permission denied" in ssh("root", "-i", str(key), "--", "id").stderr


def test_a_revoked_certificate_is_refused_after_a_converge(key: Path, serial: str) -> None:
    run(SOCLE, "admin", "revoke", "--cloud", CLOUD, serial)
    run("ansible-playbook", "playbooks/site.yml", "--tags", "people", timeout=1200)
    assert "Permission denied" in as_sample(key, "-tt", "--", "true").stderr
