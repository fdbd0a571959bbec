"""A small HTTPS server that stands for a cloud's endpoint: it says what it was asked, and counts."""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.faults import certificate
from tests.faults.proxy import Proxy, Upstream

BIG = 3 * 1024 * 1024


class Endpoint(BaseHTTPRequestHandler):
    """Answers by path."""

    protocol_version = "HTTP/1.1"
    server: Cloud

    def answer(self) -> None:
        body = self._read()
        self.server.seen.append((self.command, self.path, body, dict(self.headers.items())))
        base = f"https://127.0.0.1:{self.server.server_address[1]}"
        match self.path.partition("?")[0]:
            case "/catalogue":
                self._json({"url": f"{base}/v2.1", "other": f"{base}0/v2.1", "next": f"{base}/list?marker=a"})
            case "/created":
                self._say(201, b"", {"Location": f"{base}/created/1", "X-Object-Meta-Home": base})
            case "/nothing":
                self.send_response_only(204)
                self.end_headers()
            case "/streamed":
                self.send_response_only(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for _ in range(BIG // 65536):
                    self.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                self.wfile.write(b"0\r\n\r\n")
            case "/cut":
                self.send_response_only(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"half")
                self.close_connection = True
            case _:
                digest = hashlib.sha256(body).hexdigest()
                self._json({"method": self.command, "path": self.path, "length": len(body), "sha256": digest})

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_COPY = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _json(self, content: object) -> None:
        self._say(200, json.dumps(content).encode(), {"Content-Type": "application/json; charset=UTF-8"})

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Cloud(ThreadingHTTPServer):
    """The server, and what it saw: method, path, body, headers."""

    daemon_threads = True

    def __init__(self, server_file: Path) -> None:
        super().__init__(("127.0.0.1", 0), Endpoint)
        self.seen: list[tuple[str, str, bytes, dict[str, str]]] = []
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(server_file)
        self.socket = tls.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are no news."""


@contextmanager
def standing(folder: Path, *, opaque: bool = False) -> Iterator[tuple[Cloud, Upstream]]:
    """A cloud of one endpoint on 127.0.0.1, and how the proxy names it."""
    ca_file, server_file = certificate.make(folder, "127.0.0.1")
    cloud = Cloud(server_file)
    port = cloud.server_address[1]
    threading.Thread(target=cloud.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield (
            cloud,
            Upstream("127.0.0.1", ca_file, frozenset({port}), frozenset({port} if opaque else ())),
        )
    finally:
        cloud.shutdown()
        cloud.server_close()


def client(proxy: Proxy) -> http.client.HTTPSConnection:
    """A connection to the proxy that verifies its certificate."""
    (port,) = proxy.upstream.ports
    trust = ssl.create_default_context(cafile=str(proxy.ca_file))
    return http.client.HTTPSConnection(proxy.address, port, timeout=20, context=trust)
