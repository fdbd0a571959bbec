"""The object gateway in a test: the real haproxy on the role's own configuration, and two endpoints.

Clients are addresses of the loopback network, which the maps name as they name spaces. The endpoints write
down what reaches them and answer 200; nothing that was refused may be among it.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec

from localcloud import certs
from localcloud.model import ENDPOINT_NAME, Cloud
from socle import ca
from tests.unit.roles.rendered import render

PROJECT = "0123456789abcdef0123456789abcdef"
ACCOUNT = f"/v1/AUTH_{PROJECT}"
CREDENTIAL = {"alpha": "a" * 32, "beta": "b" * 32}
CLIENTS = [
    {
        "name": name,
        "networks": [network],
        "containers": {
            f"local-{name}-in": "read",
            f"local-{name}-out": "write",
            f"local-base-{base}": "read",
        },
    }
    for name, network, base in (("alpha", "127.0.1.0/28", "stays"), ("beta", "127.0.2.0/28", "codes"))
]
ALPHA, BETA, STRANGER = "127.0.1.5", "127.0.2.5", "127.0.1.16"
NAME = "services.services.local.internal"


@dataclass(frozen=True)
class Arrived:
    """A request as an endpoint got it."""

    endpoint: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Endpoint:
    """One of the cloud's endpoints; `pem` holds its key and certificate."""

    name: str
    pem: Path
    seen: list[Arrived] = field(default_factory=list)

    def __post_init__(self) -> None:
        seen, name = self.seen, self.name

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {key.lower(): value for key, value in self.headers.items()}
                seen.append(Arrived(name, self.command, self.path, headers, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.send_header("X-Container-Meta-Temp-Url-Key", "secret")
                self.end_headers()

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_COPY = do_OPTIONS = _answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def place(self) -> dict[str, Any]:
        """As the profile says where it is."""
        return {"host": ENDPOINT_NAME, "address": "127.0.0.1", "port": self.server.server_address[1]}


class Gateway:
    """haproxy as its unit starts it, but for the cage."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        self.folder, self.port = folder, _free_port()
        folder.mkdir(exist_ok=True)
        cloud = Cloud("unit", 3, folder / "cloud")
        certs.ensure(cloud)
        pem = cloud.folder("tls") / "endpoint.pem"
        self.identity, self.store = (Endpoint(name, pem) for name in ("identity", "store"))
        shutil.copy(cloud.ca_file, folder / "cloud-ca.pem")
        self._certificate()
        said = {
            "object_gateway_address": "127.0.0.1",
            "object_gateway_port": self.port,
            "object_gateway_connections": 50,
            "object_gateway_folder": folder,
            "object_gateway_run": folder,
            "object_gateway_clients": CLIENTS,
            "object_gateway_credentials": {name: [credential] for name, credential in CREDENTIAL.items()},
            "object_gateway_account": f"AUTH_{PROJECT}",
            "object_gateway_environment": "local",
            "object_gateway_identity": self.identity.place,
            "object_gateway_store": self.store.place,
        } | changed
        for name in ("haproxy.cfg", "clients.map", "containers.map", "logins.map"):
            (folder / name).write_text(render("object_gateway", f"{name}.j2", **said))
        self._start()

    def _certificate(self) -> None:
        """Signed by the authority that hosts trust, as the role has it signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "local-services")])
        asked = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
        pem = form.Encoding.PEM
        host = {"name": "local-services", "dns": NAME, "address": IPv4Address("10.16.2.10")}
        made = ca.sign(asked.public_bytes(pem), at=self.folder / "ca", purpose="gateway", **host)
        (self.folder / "cert.pem").write_bytes(made)
        private = key.private_bytes(pem, form.PrivateFormat.PKCS8, form.NoEncryption())
        (self.folder / "cert.pem.key").write_bytes(private)

    def _start(self) -> None:
        self.process = subprocess.Popen(
            ["haproxy", "-Ws", "-f", str(self.folder / "haproxy.cfg")],
            env={**os.environ, "CREDENTIALS_DIRECTORY": str(self.folder)},
            stdout=(self.folder / "log").open("wb"),
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def restart(self) -> None:
        """With what the folder holds now."""
        self._stop()
        self._start()

    def _stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def _wait(self) -> None:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self.process.poll() is None, self.log()
                assert time.monotonic() < end, self.log()
                time.sleep(0.05)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def arrived(self) -> list[Arrived]:
        """What the endpoints got since the last look."""
        found = [*self.identity.seen, *self.store.seen]
        self.identity.seen.clear()
        self.store.seen.clear()
        return found

    def raw(self, text: bytes, client: str = ALPHA, *, later: bytes = b"", after: float = 0) -> bytes:
        """All that is answered to these bytes, sent from the client's address."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca/gateway.crt"))
        with (
            socket.create_connection(
                ("127.0.0.1", self.port), timeout=20, source_address=(client, 0)
            ) as plain,
            context.wrap_socket(plain, server_hostname=NAME) as link,
        ):
            link.sendall(text)
            if later:
                time.sleep(after)
                link.sendall(later)
            answer = b""
            while piece := link.recv(65536):
                answer += piece
            return answer

    def ask(
        self, method: str, target: str, *headers: str, body: bytes = b"", client: str = ALPHA
    ) -> tuple[int, str]:
        """Code and body of the answer to one request."""
        lines = [f"{method} {target} HTTP/1.1", "Host: gateway", "Connection: close", *headers]
        if body and not any(line.lower().startswith(("content-length", "transfer-enc")) for line in headers):
            lines.append(f"Content-Length: {len(body)}")
        answer = self.raw("\r\n".join([*lines, "", ""]).encode() + body, client)
        head, _, rest = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode() + rest.decode()

    def close(self) -> None:
        self._stop()
        for endpoint in (self.identity, self.store):
            endpoint.server.shutdown()
            endpoint.server.server_close()


def _free_port() -> int:
    """Below those drawn for clients: a restart finds it free again, and nothing connects to itself."""
    for port in random.SystemRandom().sample(range(20000, 32000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("a hundred ports were taken")
