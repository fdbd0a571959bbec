"""A host key is read from the first complete block of an unabridged log, or not at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.hosts.console import BEGIN, END, LONGEST_LOG, read_host_key
from tests.unit.socle.strategies import quick


def key(fill: int) -> str:
    blob = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes([fill]) * 32
    return base64.b64encode(blob).decode()


def block(fill: int, prefix: str = "", end: str = "\r\n") -> str:
    lines = [BEGIN, f"ssh-ed25519 {key(fill)} root@local-bastion", END]
    return "".join(prefix + line + end for line in lines)


BOOT = "SeaBIOS\r\n[    0.000000] Linux version 6.12\r\nCloud-init v. 25.1 running 'init'\r\n"


@pytest.mark.parametrize(
    "prefix", ["", "<14>Nov 24 00:20:01 cloud-init: ", "[   31.415926] cloud-init[412]: ", "ci-info: "]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_key_is_found_whatever_stands_before_it_on_the_line(prefix: str, end: str) -> None:
    reading = read_host_key(BOOT + block(1, prefix, end) + "local-bastion login: ")
    assert reading.key == f"ssh-ed25519 {key(1)}"


def test_terminal_colours_do_not_hide_it() -> None:
    assert (
        read_host_key("\x1b[0;32m" + block(1).replace("\r\n", "\x1b[0m\r\n")).key == f"ssh-ed25519 {key(1)}"
    )


def test_fingerprints_and_other_kinds_of_keys_are_not_taken_for_it() -> None:
    keys = f"ecdsa-sha2-nistp256 AAAAE2 root@h\nssh-ed25519 {key(2)} root@h\nssh-rsa AAAAB3 root@h\n"
    fingerprints = "-----BEGIN SSH HOST KEY FINGERPRINTS-----\n256 SHA256:abc (ED25519)\n"
    assert read_host_key(f"{fingerprints}{BEGIN}\n{keys}{END}\n").key == f"ssh-ed25519 {key(2)}"


def test_a_block_that_a_user_prints_later_is_ignored() -> None:
    assert read_host_key(BOOT + block(1) + "login: \n" + block(9)).key == f"ssh-ed25519 {key(1)}"


def test_the_first_boot_counts_when_the_log_holds_two() -> None:
    assert (
        read_host_key(BOOT + block(1) + "reboot: Restarting\n" + BOOT + block(2)).key
        == f"ssh-ed25519 {key(1)}"
    )


@pytest.mark.parametrize(
    ("log", "final"),
    [
        ("", False),
        ("\r\n\x00", False),
        (BOOT, False),
        (BOOT + block(1)[:40], False),
        (BOOT + block(1).replace(END, ""), False),
        (f"ssh-ed25519 {key(1)} root@h\n{END}\nlogin:", True),
        (f"{END}\n" + block(9), True),
        (f"{BEGIN}\n{END}\n", True),
        (f"{BEGIN}\nssh-ed25519 {key(1)} a\nssh-ed25519 {key(2)} b\n{END}\n", True),
        (f"{BEGIN}\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== root@h\n{END}\n", True),
        (BOOT + "ALERT!  UUID=1 does not exist.  Dropping to a shell!\n(initramfs) ", True),
        (BOOT + "Kernel panic - not syncing: no init\n", True),
        (f"{BEGIN}\nssh-rsa {key(1)} root@h\n{END}\n", True),
    ],
)
def test_no_key_is_better_than_a_guess(log: str, final: bool) -> None:
    reading = read_host_key(log)
    assert reading.key is None
    assert reading.final is final
    assert reading.why


def test_a_log_that_lost_its_beginning_proves_nothing() -> None:
    """The first block left may be one that a user printed."""
    cut = (block(9) + "x" * LONGEST_LOG)[-LONGEST_LOG:]
    assert read_host_key(block(9) + "x" * (LONGEST_LOG - len(block(9)))).key is None
    assert read_host_key(cut).key is None


@quick
@given(st.text(max_size=300), st.text(max_size=300))
def test_garbage_around_never_changes_the_key(before: str, after: str) -> None:
    if BEGIN in before or END in before:
        return
    assert read_host_key(before + "\n" + block(3) + after).key == f"ssh-ed25519 {key(3)}"


@quick
@given(st.text(max_size=400))
def test_garbage_alone_never_gives_a_key(noise: str) -> None:
    assert read_host_key(noise).key is None
