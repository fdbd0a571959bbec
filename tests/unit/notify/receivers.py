"""Receivers on this machine: a web server over TLS, a mail server with STARTTLS, one that never answers."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "a word that must not be told"


@dataclass
class Authority:
    """A certificate authority, and the file that makes somebody trust it."""

    folder: Path
    authority: trustme.CA = field(default_factory=trustme.CA)

    @property
    def file(self) -> Path:
        path = self.folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(path))
        return path

    def context(self, name: str = "localhost") -> ssl.SSLContext:
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert(name).configure_cert(made)
        return made


@dataclass
class Web:
    """What a web server got, and what it is to answer: the last of these for ever."""

    port: int = 0
    answers: list[int] = field(default_factory=lambda: [204])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/hook?to=us"


@contextmanager
def web(authority: Authority, name: str = "localhost", *answers: int) -> Iterator[Web]:
    made = Web(answers=list(answers) or [204])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
            answer = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(answer)
            if answer in (301, 302, 307):
                self.send_header("Location", made.url)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that refuses our certificate is what some tests want."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = authority.context(name).wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        made.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        server.shutdown()


@dataclass
class Post:
    """What a mail server got. `answers`: what it says to messages, then 250 for ever."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    got: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        import email
        from email.policy import default

        content = envelope.content
        assert isinstance(content, bytes)
        self.got.append(email.message_from_bytes(content, policy=default))
        self.to.append(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def post(authority: Authority | None, name: str = "localhost", *, login: bool = False) -> Iterator[Post]:
    made = Post()

    def judge(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        made.logins.append(data.login.decode())
        return AuthResult(success=data.password.decode() == PASSWORD, handled=False)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made.port = probe.getsockname()[1]
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": made.port}
    if authority:
        options |= {"tls_context": authority.context(name), "require_starttls": True}
    if login:
        options |= {"authenticator": judge, "auth_required": True}
    controller = Controller(made, **options)
    controller.start()
    yield made
    controller.stop()


@contextmanager
def silent(first: bytes = b"") -> Iterator[int]:
    """A port that takes connections and says nothing; or `first`, then a byte now and then, for ever."""
    ended = threading.Event()

    def serve(listener: socket.socket) -> None:
        held: list[socket.socket] = []
        while not ended.wait(0.02):
            with suppress(BlockingIOError):
                held.append(listener.accept()[0])
                held[-1].send(first)
            for one in held if first else ():
                with suppress(OSError):
                    one.send(b"x")
        for one in held:
            one.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        ended.set()
        thread.join()
