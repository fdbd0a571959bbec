"""The fault proxy: stands before a cloud's TLS endpoints on a loopback address and lets requests go wrong.

    python -m tests.faults.proxy --clouds clouds.yaml --out faulty.yaml --all 0.10 --seed 7

It listens on the ports of the cloud's endpoints, at an address of its own, and rewrites the cloud's address
to its own in JSON bodies and Location headers, so that the catalogue and paging links keep clients behind
it (and back again in what clients send). It connects to that one loopback address and to nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import ipaddress
import re
import secrets
import signal
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path

from tests.faults import certificate
from tests.faults.forward import SECONDS, Handler
from tests.faults.rules import Faults, Rule, spread

HANDSHAKE_SECONDS = 30.0


@dataclass(frozen=True)
class Upstream:
    """The cloud: one loopback address, its authority, its ports; `opaque` ones carry users' own JSON."""

    address: str
    ca_file: Path
    ports: frozenset[int]
    opaque: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not ipaddress.ip_address(self.address).is_loopback:
            raise ValueError(f"{self.address} is no loopback address: faults are for embedded clouds only")


class Port(ThreadingHTTPServer):
    """One port of the proxy; a thread a connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, listen: str, port: int, upstream: Upstream, server_file: Path, faults: Faults) -> None:
        """Listen; raises OSError when the address is taken."""
        self.port, self.faults, self.opaque = port, faults, port in upstream.opaque
        self._upstream, self._listen, self._open = upstream, listen, set[socket.socket]()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(server_file)
        self._trust = ssl.create_default_context(cafile=str(upstream.ca_file))
        super().__init__((listen, port), Handler)

    def connect(self) -> http.client.HTTPSConnection:
        """A fresh connection to the cloud: a kept one that timed out would be a fault nobody asked for."""
        return http.client.HTTPSConnection(
            self._upstream.address, self.port, timeout=SECONDS, context=self._trust
        )

    def inward(self, text: bytes) -> bytes:
        """The cloud's addresses become ours."""
        return self._moved(text, self._upstream.address, self._listen)

    def outward(self, text: bytes) -> bytes:
        """Our addresses become the cloud's."""
        return self._moved(text, self._listen, self._upstream.address)

    def _moved(self, text: bytes, before: str, after: str) -> bytes:
        ports = "|".join(str(port) for port in sorted(self._upstream.ports))
        pattern = rf"https://{re.escape(before)}:({ports})(?!\d)".encode()
        return re.sub(pattern, rf"https://{after}:\1".encode(), text)

    def finish_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Speak TLS in the connection's own thread, so that a slow peer holds up nobody else."""
        request.settimeout(HANDSHAKE_SECONDS)
        try:
            tls = self._tls.wrap_socket(request, server_side=True)
        except OSError:
            return
        self._open.add(tls)
        try:
            Handler(tls, client_address, self)
        finally:
            self._open.discard(tls)
            with contextlib.suppress(OSError):
                tls.shutdown(socket.SHUT_RDWR)
            tls.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are no news."""

    def end(self) -> None:
        """Stop listening and cut what is open."""
        self.shutdown()
        self.server_close()
        for tls in self._open.copy():
            with contextlib.suppress(OSError):
                tls.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs."""

    address: str
    ca_file: Path
    upstream: Upstream
    faults: Faults


def own_address(upstream: str) -> str:
    """The address to listen on: the cloud's, with the second number raised by one."""
    first, second, *rest = upstream.split(".")
    return ".".join([first, str((int(second) + 1) % 256), *rest])


@contextmanager
def running(upstream: Upstream, faults: Faults, folder: Path, listen: str | None = None) -> Iterator[Proxy]:
    """A proxy before `upstream` for as long as the context lasts; its authority lies in `folder`.

    Raises OSError when a port is taken, ValueError when `listen` is no loopback address of its own.
    """
    listen = listen or own_address(upstream.address)
    if not ipaddress.ip_address(listen).is_loopback or listen == upstream.address:
        raise ValueError(f"the proxy needs a loopback address of its own, not {listen}")
    ca_file, server_file = certificate.make(folder, listen)
    ports: list[Port] = []
    try:
        for port in sorted(upstream.ports):
            ports.append(Port(listen, port, upstream, server_file, faults))
            threading.Thread(target=ports[-1].serve_forever, args=(0.1,), daemon=True).start()
        yield Proxy(listen, ca_file, upstream, faults)
    finally:
        for served in ports:
            served.end()


def _rules(named: Iterable[str], every: float | None) -> tuple[Rule, ...]:
    return (*(Rule.parse(text) for text in named), *(spread(every) if every else ()))


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted; exit code 0, or 2 for bad usage."""
    from tests.faults.clouds import before, write_copy

    parser = argparse.ArgumentParser(prog="python -m tests.faults.proxy")
    parser.add_argument("--clouds", type=Path, required=True, help="the cloud's own clouds.yaml")
    parser.add_argument("--cloud", default="platform", help="the entry to read the catalogue with")
    parser.add_argument("--out", type=Path, required=True, help="where the copy that leads here is written")
    parser.add_argument("--fault", action="append", default=[], metavar="FAULT=SHARE[:METHOD,…]")
    parser.add_argument("--all", type=float, metavar="SHARE", help="every fault alike, this share together")
    parser.add_argument("--slow", type=float, nargs=2, default=(0.2, 5.0), metavar=("FROM", "TO"))
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--log", type=Path, help="where to write what was injected, a line of JSON each")
    chosen = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        faults = Faults(_rules(chosen.fault, chosen.all), chosen.seed, tuple(chosen.slow))
        upstream = before(chosen.clouds, chosen.cloud)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, running(upstream, faults, Path(folder)) as proxy:
        write_copy(chosen.clouds, chosen.out, proxy)
        print(f"{proxy.address} stands before {upstream.address}: OS_CLIENT_CONFIG_FILE={chosen.out}")
        sys.stdout.flush()
        ended.wait()
    if chosen.log:
        chosen.log.write_text(faults.lines(), encoding="utf-8")
    print(faults.summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
