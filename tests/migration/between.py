"""The fault proxy before both ends of a migration: plain HTTP on the loopback.

One draw for both, so that a round's requests have one order and one count.
"""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.forward import Handler
from tests.faults.rules import Faults
from tests.migration.desk import Desk
from tests.migration.swift import Swift

_SECONDS = 60.0
_ENDPOINT = re.compile(r"http://127\.0\.0\.1:\d+")


class Port(ThreadingHTTPServer):
    """One end's proxy. What its bodies hold is users' own; only addresses in headers lead back here."""

    daemon_threads = True
    request_queue_size = 128
    opaque = True

    def __init__(self, upstream: str, faults: Faults) -> None:
        """Listen on a port of its own before `upstream`, an address like http://127.0.0.1:1."""
        self.faults, self._upstream = faults, upstream.encode()
        self._to = urlsplit(upstream)
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = int(self.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self) -> http.client.HTTPConnection:
        """A fresh connection to the end."""
        return http.client.HTTPConnection(str(self._to.hostname), self._to.port, timeout=_SECONDS)

    def inward(self, text: bytes) -> bytes:
        """The end's address becomes ours."""
        return text.replace(self._upstream, self.url.encode())

    def outward(self, text: bytes) -> bytes:
        """Our address becomes the end's."""
        return text.replace(self.url.encode(), self._upstream)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are no news."""


@dataclass(frozen=True)
class Between:
    """Where the two proxies are."""

    source: Port
    target: Port


@contextmanager
def standing(source: str, target: str, faults: Faults) -> Iterator[Between]:
    """Proxies before two addresses, while the block runs."""
    with ExitStack() as stack:
        made = []
        for upstream in (source, target):
            port = stack.enter_context(Port(upstream, faults))
            threading.Thread(target=port.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(port.shutdown)
            made.append(port)
        yield Between(*made)


@contextmanager
def led_through(desk: Desk, faults: Faults) -> Iterator[Desk]:
    """The same migration with its verbs behind the proxy; the test's own clients go straight."""
    secret = desk.folder / "source.connection"
    connection = secret.read_text()
    found = _ENDPOINT.search(connection)
    assert found
    with standing(found.group(), desk.swift.url, faults) as between:
        clouds = desk.folder / "clouds.yaml"
        clouds.touch(0o600)
        clouds.write_text(desk.swift.clouds.read_text().replace(desk.swift.url, between.target.url))
        secret.write_text(connection.replace(found.group(), between.source.url))
        try:
            yield replace(desk, swift=Swift(desk.swift.url, Path(clouds), desk.swift.objects))
        finally:
            secret.write_text(connection)
