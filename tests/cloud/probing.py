"""Lets hosts try things as root, and listens for what arrives on others. What they run is in guest.py."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cloud.live import CLOUD, ROOT, environment, login, on_host

GUEST = Path(__file__).with_name("guest.py")
READY_SECONDS = 60.0

Try = tuple[str, dict[str, Any]]
"""Name of a function of guest.py, and its arguments."""


def attempt(host: str, *tries: Try) -> list[Any]:
    """What each try on the host gave, in one round trip."""
    answers: list[Any] = json.loads(on_host(host, _command(*tries)))
    return answers


def scan(host: str, targets: list[tuple[str, int]]) -> dict[str, str]:
    """For each `address:port`: open, refused, or nothing came back."""
    found: dict[str, str] = attempt(host, ("scan", {"targets": targets}))[0]
    return found


def reached(host: str, address: str, port: int) -> bool:
    """Whether a packet of the host's gets there and the answer back, whoever listens."""
    return scan(host, [(address, port)])[f"{address}:{port}"] != "nothing"


@contextmanager
def watching(host: str, *tokens: str, seconds: float = 90) -> Iterator[dict[str, str]]:
    """Listens on the host until the last token came; the answer then holds the source that each one had.

    What is sent last has to arrive: else nothing was listened to, which is an error and no answer.
    """
    command = _command(("watch", {"tokens": tokens, "last": tokens[-1], "seconds": seconds}))
    seen: dict[str, str] = {}
    with subprocess.Popen(
        login(host, command),
        cwd=ROOT,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as listener:
        assert listener.stderr
        said = iter(listener.stderr.readline, "")
        assert any("watching" in line for line in said), f"{host} does not listen"
        yield seen
        printed, _ = listener.communicate(timeout=READY_SECONDS + seconds)
    seen |= json.loads(printed)[0]
    assert tokens[-1] in seen, f"what may arrive at {host} did not: what did not come shows nothing"


@contextmanager
def firewall_open(*hosts: str) -> Iterator[None]:
    """The hosts' own firewalls let everything through: what root there can always do."""
    for host in hosts:
        # Not flushed: a connection whose tracking is forgotten would be cut when the rules come back.
        on_host(host, "for c in input output; do sudo nft insert rule inet socle $c accept; done")
    try:
        yield
    finally:
        for host in hosts:
            on_host(host, "sudo nft -f /etc/nftables.conf")


def question(name: str) -> str:
    """A query for the address of a name, in hex. RFC 1035, section 4."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return (b"\x12\x34\x01\x00\x00\x01" + b"\0" * 6 + labels + b"\0\0\x01\0\x01").hex()


def in_the_cloud(*argv: str) -> list[str]:
    """A command line that runs where the provider's own network is."""
    return ["ip", "netns", "exec", f"socle-{CLOUD}", *argv]


@contextmanager
def serving(*argv: str, address: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """A server on the provider's network while the block runs; TCP ones are seen to answer first."""
    code = f"import socket; socket.create_connection(('{address}', {port}), 5)"
    look = in_the_cloud("/usr/bin/python3", "-c", code)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(in_the_cloud(*argv), text=True, stdout=quiet, stderr=quiet) as server:
        until = time.monotonic() + 20
        try:
            while subprocess.run(look, stderr=quiet, check=False).returncode:
                assert time.monotonic() < until, f"the server at {address}:{port} does not answer"
                time.sleep(0.3)
            yield server
        finally:
            server.terminate()


def _command(*tries: Try) -> str:
    return f"sudo -n python3 -I -c {shlex.quote(GUEST.read_text())} {shlex.quote(json.dumps(tries))}"
