"""A PostgreSQL of one's own to try a team's state on: Debian's program, our folder, loopback, TLS.

Not for production: no backups, one machine, and whoever owns the folder owns the data. docs/en/state.md says
what a production server must have.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import quote

from socle.errors import FailureError, UserError
from socle.identity import make_folder, write_private
from socle.local.turns import only_one
from socle.state import certificate
from socle.state.postgres import program, scram, unprivileged, variables

ADDRESS = IPv4Address("127.0.0.1")
NAME = "pulumi"
"""The role and the database that it owns; nobody else can log in, not even the superuser."""
START_SECONDS = 30.0
STOP_SECONDS = 20.0
# log_min_error_statement: a statement that fails would be written into the log with its data.
SETTINGS = """\
listen_addresses = '{address}'
port = {port}
unix_socket_directories = ''
ssl = on
ssl_cert_file = '{tls}/server.pem'
ssl_key_file = '{tls}/server.key'
ssl_min_protocol_version = 'TLSv1.3'
password_encryption = 'scram-sha-256'
log_connections = on
log_statement = 'none'
log_min_error_statement = 'panic'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
shared_buffers = '32MB'
max_connections = 50
timezone = 'UTC'
log_timezone = 'UTC'
"""


@dataclass(frozen=True)
class Running:
    """A server that accepts connections."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> None:
        """Until a signal comes; FailureError when the server ends by itself."""
        self.process.wait()
        raise FailureError("the server ended by itself", str(self.log), "see its last lines")


@dataclass(frozen=True)
class Server:
    """The trial server of one folder."""

    folder: Path

    @property
    def data(self) -> Path:
        """The cluster's files."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    def url(self, port: int) -> str:
        """What PULUMI_BACKEND_URL has to be; names and paths only."""
        files = {"sslrootcert": self.folder / "ca.pem", "passfile": self.folder / "passfile"}
        said = "&".join(f"{name}={quote(str(path))}" for name, path in files.items())
        return f"postgres://{NAME}@{ADDRESS}:{port}/{NAME}?sslmode=verify-full&{said}"

    @contextlib.contextmanager
    def running(self, port: int = 0) -> Iterator[Running]:
        """Make it when missing, run it, and end it. `port` 0: that of the last time.

        Raises UserError when the port is taken or another one runs it, FailureError when it does not start.
        """
        make_folder(self.folder)
        with only_one(self.folder / "run.lock"):
            self._make()
            port = port or self._last_port() or _free_port()
            _refuse_taken(port)
            write_private(self.folder / "port", f"{port}\n".encode())
            certificate.write(self.folder, ADDRESS)
            settings = SETTINGS.format(address=ADDRESS, port=port, tls=self.folder)
            write_private(self.data / "postgresql.conf", settings.encode())
            process = self._start()
            try:
                self._wait(process, port)
                yield Running(self.url(port), process, self.log)
            finally:
                _end(process)

    def _make(self) -> None:
        """The cluster, its role and its database: whole or not there."""
        if self.data.exists():
            return
        partial = self.folder / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        password = secrets.token_urlsafe(32)
        write_private(self.folder / "passfile", f"{ADDRESS}:*:{NAME}:{NAME}:{password}\n".encode())
        # No method lets the superuser in: what he has to do is done here, before anything listens.
        self._tool(
            "initdb", "-D", str(partial), "-U", "postgres", "-A", "reject", "-E", "UTF8", "--no-locale"
        )
        statements = (
            f"CREATE ROLE {NAME} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{scram(password)}'",
            f"CREATE DATABASE {NAME} OWNER {NAME}",
            f"REVOKE ALL ON DATABASE {NAME}, postgres, template1 FROM PUBLIC",
        )
        said = self._tool(
            "postgres", "--single", "-D", str(partial), "postgres", fed="".join(f"{s};\n" for s in statements)
        )
        if wrong := re.search(r"(?:ERROR|FATAL):[^\n]*", said):
            raise FailureError(wrong[0], str(partial), "see its message")
        rules = f"hostssl {NAME} {NAME} {ADDRESS}/32 scram-sha-256\n"
        write_private(partial / "pg_hba.conf", rules.encode())
        partial.rename(self.data)

    def _tool(self, name: str, *arguments: str, fed: str = "") -> str:
        argv = [*unprivileged(), str(program(name)), *arguments]
        done = subprocess.run(argv, input=fed, capture_output=True, text=True, check=False, env=variables())
        if done.returncode:
            said = (done.stderr.strip() or f"it ended with {done.returncode}").splitlines()[-1]
            raise FailureError(f"{name}: {said}", str(self.folder), "see its message")
        return done.stderr

    def _start(self) -> subprocess.Popen[bytes]:
        # Told by the kernel when we are killed outright; the order matters, a change of user would undo it.
        argv = [*unprivileged(), "setpriv", "--pdeathsig", "INT", "--", str(program("postgres"))]
        with self.log.open("ab") as stream:
            return subprocess.Popen(
                [*argv, "-D", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                env=variables(),
            )

    def _wait(self, process: subprocess.Popen[bytes], port: int) -> None:
        until = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection((str(ADDRESS), port), 1):
                return
            time.sleep(0.05)
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise FailureError(f"the server does not start: {(lines or ['it said nothing'])[-1]}", str(self.log))

    def _last_port(self) -> int:
        try:
            return int((self.folder / "port").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((str(ADDRESS), 0))
        return int(probe.getsockname()[1])


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(ADDRESS), port))
        except OSError as error:
            what = f"port {port} cannot be used: {error.strerror}"
            raise UserError(what, "--port", "end what listens there, or name another one") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Clients are cut off, what was committed is written; without patience when it does not end."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
