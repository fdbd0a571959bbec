"""A Keystone and an object store of a few lines, behind the real gateway: what `space-objects` asks in tests.

It keeps what was put whole, as Swift does, and can be told to answer less than it announces.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from localcloud import certs
from localcloud.model import ENDPOINT_NAME, Cloud


class ObjectStore:
    """`objects`: content by container and name. `cut`: bytes that each answer lacks of what it announces."""

    def __init__(self, folder: Path) -> None:
        cloud = Cloud("unit", 3, folder / "cloud")
        certs.ensure(cloud)
        self.objects: dict[str, bytes] = {}
        self.cut = 0
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(201, b"{}", {"X-Subject-Token": "token"})

            def do_PUT(self) -> None:
                body = self._chunked() if self.headers.get("Transfer-Encoding") else self._plain()
                if body is None:
                    return
                store.objects[self._place()] = body
                self._answer(201, b"", {"ETag": hashlib.md5(body, usedforsecurity=False).hexdigest()})

            def do_GET(self) -> None:
                place = self._place()
                if "/" not in place:
                    listed = [
                        {"name": name.partition("/")[2], "bytes": len(body), "last_modified": "2028-01-01"}
                        for name, body in sorted(store.objects.items())
                        if name.startswith(f"{place}/")
                    ]
                    self._answer(200, json.dumps(listed).encode(), {})
                elif place in store.objects:
                    self._answer(200, store.objects[place], {}, cut=store.cut)
                else:
                    self._answer(404, b"", {})

            def _place(self) -> str:
                return unquote(urlsplit(self.path).path).split("/", 3)[3]

            def _plain(self) -> bytes:
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def _chunked(self) -> bytes | None:
                """None when the end was never said: nothing is stored."""
                found = b""
                while line := self.rfile.readline():
                    size = int(line, 16)
                    found += self.rfile.read(size)
                    self.rfile.readline()
                    if size == 0:
                        return found
                self.close_connection = True
                return None

            def _answer(self, code: int, body: bytes, headers: dict[str, str], cut: int = 0) -> None:
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) - cut])
                self.close_connection = bool(cut)

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cloud.folder("tls") / "endpoint.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def place(self) -> dict[str, Any]:
        """As the profile says where it is."""
        return {"host": ENDPOINT_NAME, "address": "127.0.0.1", "port": self.server.server_address[1]}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
