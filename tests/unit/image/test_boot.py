"""Reading the console, and judging what a guest says; no guest is started here."""

import socket
from pathlib import Path

import pytest

from localcloud.image import boottest, layout
from localcloud.image.boot import KEYS_BEGIN, KEYS_END, Guest, host_key
from localcloud.image.errors import ImageError
from localcloud.image.kernel import arguments

KEY = "ssh-ed25519 " + "A" * 68
BLOCK = f"noise\n{KEYS_BEGIN}\n[   61.2] cloud-init[300]: {KEY} root@local-guest\n{KEYS_END}\n"


def test_the_host_key_comes_from_a_complete_block_only() -> None:
    assert host_key(BLOCK) == KEY
    assert host_key(BLOCK.replace(KEYS_END, "")) is None
    assert host_key(f"{KEY} planted@before\n" + BLOCK.replace(KEY, "ssh-rsa AAAA")) is None
    assert host_key("") is None


MOUNTS = " ".join(f"{part.mount} rw,{','.join(part.options)},relatime" for part in layout.plan().mounted)


def facts(**changed: str) -> dict[str, str]:
    good = {
        "user": "automation", "root": "0", "cmdline": "ro " + arguments(emulated=True), "var_mib": "1853",
        "mounts": MOUNTS, "mounts_after": MOUNTS, "removed": "0",
        "home": "/opt/automation automation:automation 700", "ansible": "runs",
        "apparmor": "Y", "auditd": "active", "locked": "LL", "sudoers": "90-cloud-init-users ",
        "host_keys": "1", "hostname": "local-guest", "grub": "1", "cloud_init": "done", "state": "running",
        "failed": "",
    }  # fmt: skip
    return {**good, **changed}


def broken(found: dict[str, str], *, emulated: bool = True) -> set[str]:
    return {c.name for c in boottest.judge(found, emulated=emulated, disk_mib=6144) if not c.held}


def test_a_good_guest_holds_and_a_silent_one_does_not() -> None:
    assert broken(facts()) == set()
    assert len(broken({})) == len(facts())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user", "root"), ("var_mib", "998"), ("removed", "100"), ("auditd", "inactive"),
        ("home", "/home/automation automation:automation 700"), ("ansible", ""),
        ("mounts", MOUNTS.replace("/home rw,nodev", "/home rw")),
        ("mounts", MOUNTS.replace("/home ", "/elsewhere ")),
        ("mounts_after", MOUNTS.replace("/var rw,nodev,nosuid,noexec", "/var rw,nodev,nosuid")),
        ("locked", "LP"), ("failed", "ssh.service "), ("cmdline", "ro quiet"), ("grub", "0"),
        ("host_keys", "3"), ("state", "degraded"),
    ],
)  # fmt: skip
def test_each_broken_promise_is_named(name: str, value: str) -> None:
    assert broken(facts(**{name: value})) == {name}


def test_the_provider_artefact_must_not_carry_emulations_arguments() -> None:
    assert broken(facts(), emulated=False) == {"cmdline"}
    assert broken(facts(cmdline="ro " + arguments(emulated=False)), emulated=False) == set()


def test_ssh_trusts_the_pinned_key_only(tmp_path: Path) -> None:
    argv = Guest(Path("i"), tmp_path, "ssh-ed25519 A", 2222).ssh("true", identity=Path("k"))
    assert "StrictHostKeyChecking=yes" in argv
    assert f"UserKnownHostsFile={tmp_path / 'known_hosts'}" in argv
    assert argv[-2:] == ["automation@127.0.0.1", "true"]


def test_a_taken_port_is_said_before_qemu_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localcloud.image.boot.require", lambda _: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ImageError, match=f"port {port} on 127.0.0.1 is taken"),
            Guest(Path("i"), tmp_path, "ssh-ed25519 A", port),
        ):
            pass
