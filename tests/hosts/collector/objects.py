"""Asks a host's object gateway: what it lets through, what its tables are, and how it is caged."""

import http.client
import pathlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

from tests.hosts.collector.base import Request, run

FOLDER, ADMIN = pathlib.Path("/etc/haproxy"), "/run/socle-object-gateway/checks.sock"
PORT, SECONDS = 8443, 30


def gateway(request: Request) -> Any:
    """For each question: `refused` by the gateway, or what the store said; from the host's own address.

    By the catalogue's spelling: method, target, and a header if there is one.
    """
    account, environment = request["objects"]["account"], request["name"].partition("-")[0]
    own = f"/v1/{account}/{environment}-gateway-check"
    context = ssl.create_default_context(cafile="/etc/socle/gateway/ca.pem")
    said = {}
    for question in request["asked"]:
        method, target, *header = question.replace("{own}", own).replace("{account}", account).split(" ", 2)
        link = http.client.HTTPSConnection(request["address"], PORT, timeout=SECONDS, context=context)
        name, _, value = header[0].partition(": ") if header else ("Accept", "", "*/*")
        link.request(method, target, headers={name: value})
        answer = link.getresponse()
        text = answer.read(200).decode(errors="replace")
        said[question] = (
            "refused" if text.startswith("refused by the gateway") else f"passed, {answer.status}"
        )
        link.close()
    return said


def gateway_tables(_request: Request) -> Any:
    """The tables of the running process, line by line: not the files, which it has read once."""
    return {name: _table(FOLDER / f"{name}.map") for name in ("clients", "containers", "logins")}


def _table(file: pathlib.Path) -> list[str]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(SECONDS)
        link.connect(ADMIN)
        link.sendall(f"show map {file}\n".encode())
        answer = b""
        while piece := link.recv(65536):
            answer += piece
    lines = answer.decode().split("\n")
    if any(line and not line.startswith("0x") for line in lines):
        raise OSError(f"{file}: {lines[0]}")
    return sorted(line.partition(" ")[2] for line in lines if line)


def gateway_cage(_request: Request) -> Any:
    """User, capabilities, filter of system calls and new privileges of each of its processes."""
    found = {}
    for pid in run("pgrep", "-x", "haproxy").split():
        status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        said = {key: value.split() for key, _, value in (line.partition(":") for line in status)}
        keys = ("Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")
        found[pid] = {key: said[key][0] for key in keys}
    return found


PROBES: dict[str, tuple[Callable[[Request], Any], ...]] = {
    "object_gateway": (gateway, gateway_tables, gateway_cage)
}
