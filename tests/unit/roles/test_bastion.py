"""The bastion's jump behind a real sshd: through to declared hosts, and nothing else.

The files are the roles' own, rendered from the committed catalogue; see machine.py for what stands in.
"""

from __future__ import annotations

import pytest

from tests.unit.roles.machine import OTHER, TARGETS, Machine

PROHIBITED = "administratively prohibited"


def test_automation_passes_to_a_declared_host(machine: Machine) -> None:
    passed = machine.ssh("jump", machine.folder / "automation", "-W", f"{TARGETS[0]}:22")
    assert passed.stdout == f"SSH-2.0-target-{TARGETS[0]}-22\n"


@pytest.mark.parametrize("place", [f"{OTHER}:22", f"{TARGETS[0]}:8022", "127.0.0.1:22", "localhost:22"])
def test_automation_passes_to_nothing_else(machine: Machine, place: str) -> None:
    refused = machine.ssh("jump", machine.folder / "automation", "-W", place)
    assert (refused.returncode, refused.stdout) == (255, "")
    assert PROHIBITED in refused.stderr


def test_a_declared_host_that_is_down_is_not_called_prohibited(machine: Machine) -> None:
    refused = machine.ssh("jump", machine.folder / "automation", "-W", f"{TARGETS[1]}:22")
    assert "connect failed" in refused.stderr
    assert PROHIBITED not in refused.stderr


@pytest.mark.parametrize(
    "words", [["--", "id"], ["-tt"], ["-s", "--", "sftp"], ["-tt", "--", "/bin/sh"]], ids=" ".join
)
def test_the_jump_gives_no_shell(machine: Machine, words: list[str]) -> None:
    refused = machine.ssh("jump", machine.folder / "automation", *words)
    assert refused.returncode != 0
    assert "uid=" not in refused.stdout
    assert "session" in refused.stderr or "open failed" in refused.stderr


def test_the_jump_gives_no_shell_even_where_sessions_are_let_in(machine: Machine) -> None:
    """MaxSessions is one wall; others stand behind it."""
    first = "Match User jump\n  MaxSessions 10\nMatch all\n"
    (machine.folder / "etc-ssh/alone").write_text(
        first + (machine.folder / "etc-ssh/sshd_config").read_text()
    )
    machine.start_sshd("-p", "2222", "-f", "/etc/ssh/alone")
    key, port = machine.folder / "automation", ("-p", "2222")
    assert "account is currently not available" in machine.ssh("jump", key, *port, "--", "id").stdout
    assert "PTY allocation request failed" in machine.ssh("jump", key, *port, "-tt").stderr


@pytest.mark.parametrize("user", ["jump", "automation"])
def test_nobody_opens_a_port_on_the_bastion(machine: Machine, user: str) -> None:
    words = ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:9000:127.0.0.2:22"]
    refused = machine.ssh(user, machine.folder / "automation", *words)
    assert "remote port forwarding failed" in refused.stderr


def test_automation_has_a_shell_and_no_way_through(machine: Machine) -> None:
    assert (
        machine.ssh("automation", machine.folder / "automation", "--", "id", "-un").stdout == "automation\n"
    )
    refused = machine.ssh("automation", machine.folder / "automation", "-W", f"{TARGETS[0]}:22")
    assert PROHIBITED in refused.stderr


def test_a_key_keeps_no_option_on_its_way_to_the_jump(machine: Machine) -> None:
    kept = machine.run("cat", "/etc/ssh/socle/jump.keys").stdout
    public = (machine.folder / "automation.pub").read_text().split()
    assert kept == f"restrict,port-forwarding {public[0]} {public[1]}\n"
    home = "/home/automation/.ssh/authorized_keys"
    machine.run("sed", "-i", '1s/^/# no\\ncommand="id",port-forwarding /', home)
    assert machine.script("bastion/files/jump.sh", "jump", "automation", "/etc/ssh/socle/jump.keys") == ""
