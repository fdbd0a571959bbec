"""One request through the fault proxy: read it, let it go wrong or forward it, pass the answer on.

The standard library parses both sides (http.server, http.client).
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from tests.faults import bodies
from tests.faults.rules import Fault

if TYPE_CHECKING:
    from tests.faults.proxy import Port

SECONDS = 660.0  # the cloud's own front end waits ten minutes
# Meant for one connection, not for the message.
_HOP = frozenset(
    (
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_ADDRESSES = frozenset(("location", "content-location", "link", "x-storage-url"))
_NO_BODY = (204, 304)


class Handler(BaseHTTPRequestHandler):
    """Serves one connection; `server` is one port of the proxy."""

    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    server: Port
    connection: ssl.SSLSocket
    _begun = False
    """Part of an answer is with the client: no other answer can follow."""

    def handle_any(self) -> None:
        """Every method comes here."""
        try:
            if not self.path.startswith("/"):
                # An absolute address would name another server than ours.
                self._refuse(400, "only paths are served here")
                return
            fault = self.server.faults.draw(self.command, self.server.port, self.path)
            match fault.fault if fault else None:
                case Fault.TOO_MANY:
                    self._refuse(429, "injected", {"Retry-After": str(self.server.faults.retry_after)})
                case Fault.UNAVAILABLE:
                    when = {"Retry-After": str(self.server.faults.retry_after)}
                    self._refuse(503, "injected", when if self.server.faults.both_say_when else None)
                case Fault.RESET_BEFORE:
                    self._drain()
                    self._reset()
                case Fault.RESET_AFTER:
                    self._forward(answer=False)
                    self._reset()
                case Fault.CUT | Fault.SHORT as kind:
                    self._half(kind)
                case _:
                    if fault:
                        time.sleep(fault.seconds)
                    self._forward()
        except (bodies.CutError, http.client.HTTPException, OSError):
            self._reset()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_COPY = handle_any  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the faults have a log of their own."""

    def _meant(self) -> list[tuple[str, str]]:
        """Headers of the request that are the service's."""
        mine = _HOP | {"accept-encoding"}
        return [(name, value) for name, value in self.headers.items() if name.lower() not in mine]

    def _half(self, fault: Fault) -> None:
        """Half of the request's body, or of the answer's when it has none; see `Fault.CUT` and `SHORT`."""
        body, short = bodies.whole(self._body()), fault is Fault.SHORT
        kept = body[: len(body) // 2]
        upstream = self.server.connect()
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self._meant():
                if name.lower() != "content-length":
                    upstream.putheader(name, value)
            if body or self.command in ("POST", "PUT"):
                upstream.putheader("Content-Length", str(len(kept) if short else len(body)))
            upstream.endheaders(kept)
            if body and not short:
                self._reset()
            elif body:
                self._answer(upstream.getresponse(), answer=True)
            else:
                self._half_answer(upstream.getresponse(), short=short)
        finally:
            upstream.close()

    def _half_answer(self, response: http.client.HTTPResponse, *, short: bool) -> None:
        whole = bodies.whole(bodies.of_answer(response))
        if not whole:
            self._reset()  # nothing of it can be cut but itself
            return
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in _HOP | {"content-length"}:
                self.send_header(name, value)
        half = whole[: len(whole) // 2]
        self.send_header("Content-Length", str(len(half) if short else len(whole)))
        self.end_headers()
        self.wfile.write(half)
        if not short:
            self.wfile.flush()
            self._reset()

    def _forward(self, *, answer: bool = True) -> None:
        sent = self._meant()
        body, chunked = self._body(), bodies.is_chunked(self.headers)
        if self._rewritable(self.headers.get("Content-Type")):
            moved = self.server.outward(bodies.whole(body))
            body, chunked = iter([moved]), False
            sent = [(name, value) for name, value in sent if name.lower() != "content-length"]
            sent.append(("Content-Length", str(len(moved))))
        self._begun = False
        upstream = self.server.connect()
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent:
                upstream.putheader(name, value)
            if chunked:
                upstream.putheader("Transfer-Encoding", "chunked")
            # What is packed cannot be rewritten.
            upstream.putheader("Accept-Encoding", "identity")
            upstream.endheaders(body, encode_chunked=chunked)
            self._answer(upstream.getresponse(), answer)
        except (ConnectionError, TimeoutError) as error:
            if not answer:
                return
            if self._begun:
                raise
            self._refuse(502, f"the cloud does not answer ({type(error).__name__})", drain=False)
        finally:
            upstream.close()

    def _answer(self, response: http.client.HTTPResponse, answer: bool) -> None:
        pieces = bodies.of_answer(response)
        if not answer:
            for _ in pieces:
                pass
            return
        headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP]
        bodiless = self.command == "HEAD" or response.status in _NO_BODY
        length = response.getheader("Content-Length")
        if not bodiless and self._rewritable(response.getheader("Content-Type")):
            whole = self.server.inward(bodies.whole(pieces))
            pieces, length = iter([whole]), str(len(whole))
        self._begun = True
        self.send_response_only(response.status, response.reason)
        for name, value in headers:
            if name.lower() in _ADDRESSES:
                self.send_header(name, self.server.inward(value.encode("latin-1")).decode("latin-1"))
            elif name.lower() != "content-length":
                self.send_header(name, value)
        chunked = length is None and not bodiless
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif length is not None:
            self.send_header("Content-Length", length)
        self.end_headers()
        if bodiless:
            return
        for piece in pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _rewritable(self, content_type: str | None) -> bool:
        kind = (content_type or "").partition(";")[0].strip().lower()
        return not self.server.opaque and bool(re.fullmatch(r"application/([a-z.+-]+\+)?json", kind))

    def _refuse(
        self, status: int, why: str, headers: dict[str, str] | None = None, *, drain: bool = True
    ) -> None:
        if drain:
            self._drain()
        said = b'{"error": {"code": %d, "message": "fault proxy: %b"}}' % (status, why.encode())
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    def _drain(self) -> None:
        """Let the client finish: it then looks for the answer, or the reset, and for nothing else."""
        for _ in self._body():
            pass

    def _body(self) -> Iterator[bytes]:
        return bodies.of_request(self.headers, self.rfile)

    def _reset(self) -> None:
        """Close so that the peer sees ECONNRESET, not an orderly end."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
