"""Asks a host's own services, as a client would.

`PROBES` gives for each condition of the catalogue the probes that a host of that role answers to. Questions
come from its own address: what crosses the network is tests/cloud's.
"""

import http.client
import pathlib
import shutil
import socket
import ssl
import struct
import tempfile
import time
from collections.abc import Callable
from typing import Any

from tests.hosts.collector.base import Request, run

SECONDS = 60
LOGS = pathlib.Path("/srv/data/logs")
CODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
EPOCH = 2208988800  # NTP counts seconds from 1900


def proxy(request: Request) -> Any:
    """The answer's code for each URL, asked of the proxy; by the catalogue's own spelling."""
    archive = run("apt-get", "--print-uris", "update").lstrip("'").partition("/dists/")[0]
    host = archive.split("/")[2]
    codes = {}
    for url in request["urls"]:
        asked = url.replace("{archive}", archive).replace("{host}", host)
        link = http.client.HTTPConnection(request["address"], 3142, timeout=SECONDS)
        link.request("CONNECT" if url.endswith(":443") else "GET", asked)
        codes[url] = link.getresponse().status
        link.close()
    return codes


def resolver(request: Request) -> Any:
    """Code and number of answers for each name."""
    found = {}
    for name in request["names"]:
        labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part)
        query = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.settimeout(SECONDS)
            link.sendto(query, (request["address"], 53))
            answer = link.recv(2000)
        found[name] = {"code": CODES[answer[3] & 15], "answers": struct.unpack(">H", answer[6:8])[0]}
    return found


def time_server(request: Request) -> Any:
    """Stratum, and how far the answer is from this host's clock in seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(10)
        link.sendto(b"\x23" + 47 * b"\0", (request["address"], 123))
        try:
            answer = link.recv(100)
        except TimeoutError:
            return {"answered": False}
    seconds = struct.unpack(">I", answer[40:44])[0] - EPOCH
    return {"answered": True, "stratum": answer[1], "offset": abs(time.time() - seconds)}


def forwarding(_request: Request) -> Any:
    """Counters of the queue to the collector, before and after a line is written to the journal."""
    before = _counters()
    run("logger", "-t", "socle-check", "a line that the collector must get")
    for _ in range(10):
        time.sleep(1)
        after = _counters()
        if after.get("written", 0) > before.get("written", 0):
            break
    return {"before": before, "after": after}


def _counters() -> dict[str, int]:
    rows = (line.split(";") for line in run("syslog-ng-ctl", "stats").splitlines())
    return {row[4]: int(row[5]) for row in rows if row[0] == "dst.syslog" and len(row) > 5}


def collected(request: Request) -> Any:
    """Each file of logs: owner, mode, attributes, seconds since it changed; and those of this host."""
    files = []
    for path in sorted(LOGS.glob("*/*")):
        state = path.stat()
        attributes = run("lsattr", "-d", str(path)).split()[0]
        owner = f"{path.owner()}:{path.group()} {state.st_mode & 0o7777:04o}"
        age = time.time() - state.st_ctime
        files.append({"path": str(path), "owner": owner, "attributes": attributes, "age": age})
    return {"files": files, "own": [f["path"] for f in files if f"/{request['name']}/" in str(f["path"])]}


def strangers(request: Request) -> Any:
    """How the collector answers clients: with no certificate, another authority's, this host's."""
    where = pathlib.Path(tempfile.mkdtemp())
    try:
        run(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", f"/CN={request['name']}", "-days", "1"),
            *("-keyout", str(where / "key"), "-out", str(where / "cert")),
        )
        own = pathlib.Path("/etc/socle/log")
        return {
            "none": _send(request["address"], None),
            "foreign": _send(request["address"], (where / "cert", where / "key")),
            "own": _send(request["address"], (own / "cert.pem", own / "key.pem")),
        }
    finally:
        shutil.rmtree(where)


def _send(address: str, pair: tuple[pathlib.Path, pathlib.Path] | None) -> str:
    context = ssl.create_default_context(cafile="/etc/socle/log/ca.pem")
    if pair:
        context.load_cert_chain(*pair)
    with socket.create_connection((address, 6514), timeout=SECONDS) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=address) as link:
                # In TLS 1.3 a refusal comes after the client believes that it is connected.
                link.settimeout(5)
                return "refused" if link.recv(1) == b"" else "spoke"
        except TimeoutError:
            return "accepted"
        except OSError as error:
            return f"refused: {getattr(error, 'reason', None) or type(error).__name__}"


PROBES: dict[str, tuple[Callable[[Request], Any], ...]] = {
    "package_proxy": (proxy,),
    "resolver": (resolver,),
    "time": (time_server,),
    "log_client": (forwarding,),
    "collector": (collected, strangers),
}
