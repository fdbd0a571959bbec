"""A stand-in for neutron that answers lists without asking who wants them; a test changes them as it goes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse


class Neutron(ThreadingHTTPServer):
    """`lists`: what `GET /v2.0/<kind>` answers, by kind; filters compare what a thing says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lists: dict[str, list[dict[str, Any]]] = {"networks": [], "ports": [], "routers": []}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v2.0"

    def clouds(self, folder: Path) -> Path:
        """A clouds.yaml, in JSON, with one cloud `platform` that is this and asks for no password."""
        path = folder / "clouds.yaml"
        said = {"auth_type": "none", "auth": {"endpoint": self.url}, "network_endpoint_override": self.url}
        path.write_text(json.dumps({"clouds": {"platform": said}}))
        return path

    def platform(self, environment: str, *zones: str) -> None:
        """A core router with a port in each of these zones."""
        self.lists["routers"].append({"id": f"{environment}-core-id", "name": f"{environment}-core"})
        for zone in zones:
            tags = [f"env={environment}", "layer=platform", f"zone={zone}"]
            self.joined(environment, f"{environment}-{zone}", tags, f"{environment}-{zone}-core")

    def space(self, environment: str, name: str) -> None:
        """The transit network of a space, joined to the core router."""
        tags = [f"env={environment}", "layer=space", f"space={name}", "zone=spaces"]
        self.joined(environment, f"{environment}-{name}-transit", tags)

    def joined(self, environment: str, name: str, tags: list[str], port: str = "") -> None:
        """A network with a port of the core router on it; `port`: its name."""
        self.lists["networks"].append({"id": f"{name}-id", "name": name, "tags": tags})
        held = {"device_id": f"{environment}-core-id", "network_id": f"{name}-id"}
        self.lists["ports"].append({"id": f"{name}-port", "name": port, **held})

    def gone(self, name: str) -> None:
        """Take that network and its port away."""
        for kind, key in (("networks", "id"), ("ports", "network_id")):
            self.lists[kind] = [thing for thing in self.lists[kind] if thing[key] != f"{name}-id"]


class _Handler(BaseHTTPRequestHandler):
    server: Neutron

    def do_GET(self) -> None:
        asked = urlparse(self.path)
        kind = asked.path.rstrip("/").rpartition("/")[2]
        body: dict[str, Any] = {
            "version": {
                "id": "v2.0",
                "status": "CURRENT",
                "links": [{"rel": "self", "href": self.server.url}],
            }
        }
        if kind in self.server.lists:
            wanted = {key: value[0] for key, value in parse_qs(asked.query).items()}
            things = self.server.lists[kind]
            body = {kind: [thing for thing in things if all(thing.get(k) == v for k, v in wanted.items())]}
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Neutron]:
    """One that answers until the end of the block."""
    neutron = Neutron()
    thread = threading.Thread(target=neutron.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield neutron
    finally:
        neutron.shutdown()
        neutron.server_close()
        thread.join()
