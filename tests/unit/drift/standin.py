"""A stand-in for a cloud's APIs over HTTP: pages, links, microversions, rights; and faults, by path.

It answers what tests/unit/drift/answers.py says and counts what it was asked. Only GET and HEAD have answers,
and the login: anything else is a test's failure.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.unit.drift.answers import PROJECT, USER, everything

KEYS = {
    "/network/security-groups": "security_groups",
    "/network/security-group-rules": "security_group_rules",
    "/network/rbac-policies": "rbac_policies",
    "/compute/servers/detail": "servers",
    "/compute/os-keypairs": "keypairs",
    "/compute/os-server-groups": "server_groups",
    "/block/volumes/detail": "volumes",
    "/block/snapshots/detail": "snapshots",
    "/block/backups/detail": "backups",
    "/block/os-volume-transfer/detail": "transfers",
}
SERVICES = {
    "network": "/network/v2.0",
    "compute": "/compute",
    "block-storage": "/block",
    "image": "/image",
    "key-manager": "/key",
    "object-store": "/object",
    "identity": "/identity/v3",
}
Answer = tuple[int, dict[str, str], bytes]
Fault = Callable[[int, Callable[[], Answer]], Answer]
"""What happens to the n-th request of a path, and the answer that would have been given."""


@dataclass
class Cloud:
    """Its lists; change them as an intruder would. `page`: the most that any list gives at once."""

    url: str = ""
    lists: dict[str, Any] = field(default_factory=everything)
    faults: dict[str, Fault] = field(default_factory=dict)
    page: int = 1000
    links: bool = True
    seconds_ahead: float = 0.0
    owner: bool = True
    refuses: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, target: str, body: bytes = b"") -> Answer:
        parts = urlsplit(target.replace("/network/v2.0/", "/network/", 1))
        with self.lock:
            self.asked.append((method, target))
            count = sum(urlsplit(it.replace("/v2.0/", "/", 1)).path == parts.path for _, it in self.asked)
        give = lambda: self.right(method, parts.path, parse_qs(parts.query), body)  # noqa: E731
        fault = self.faults.get(parts.path)
        return fault(count, give) if fault else give()

    def right(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        if (method, path) == ("POST", "/identity/v3/auth/tokens"):
            return self.login(json.loads(body))
        assert method in ("GET", "HEAD"), f"{method} {path}"
        if found := self.special(method, path, query):
            return found
        if path in self.lists:
            return self.listing(path, query)
        return self.single(path)

    def special(self, method: str, path: str, query: dict[str, list[str]]) -> Answer | None:
        if path in SERVICES.values() or path.rstrip("/") in (*SERVICES.values(), "/identity"):
            if path.startswith("/object"):
                return self.account(method, query)
            return self.version(path.rstrip("/"))
        if path.startswith("/object/"):
            return self.container(path.removeprefix("/object/"))
        return self.within(path)

    def within(self, path: str) -> Answer | None:
        """What one thing has that no list shows."""
        if path.startswith("/key/secrets/") and path.endswith("/acl"):
            return said(200, {"read": {"project-access": True, "users": []}})
        if path.startswith("/image/images/") and path.endswith("/members"):
            return said(200, {"members": self.lists.get(path, [])})
        if path.startswith("/compute/servers/") and path.endswith("/os-instance-actions"):
            known = self.lists["actions"].get(path.split("/")[3])
            return said(404, {}) if known is None else said(200, {"instanceActions": known})
        return None

    def version(self, path: str) -> Answer:
        versions = {"/compute": ("v2.1", "2.100"), "/block": ("v3.0", "3.71"), "/identity/v3": ("v3.14", "")}
        others = {"/key": "v1", "/object": "v1"}
        number, most = versions.get(path, (others.get(path, "v2.0"), ""))
        one: dict[str, Any] = {"id": number, "status": "CURRENT"}
        if most:
            one |= {"version": most, "min_version": "2.1" if path == "/compute" else "3.0"}
        return said(200, {"version": {**one, "links": [{"rel": "self", "href": f"{self.url}{path}/"}]}})

    def listing(self, path: str, query: dict[str, list[str]]) -> Answer:
        items, key = list(self.lists[path]), KEYS.get(path, path.rpartition("/")[2])
        if path.endswith("OS-EC2"):
            key = "credentials"
        if "project_id" in query:
            items = [it for it in items if it.get("project_id", PROJECT) == query["project_id"][0]]
        if "name" in query:
            items = [it for it in items if it["name"] == query["name"][0]]
        if "os_hidden" in query:
            items = [it for it in items if str(it.get("os_hidden", False)).lower() == query["os_hidden"][0]]
        if path.startswith("/identity"):
            return said(200, {key: items})
        return said(200, self.paged(path, key, items, query))

    def paged(self, path: str, key: str, items: list[Any], query: dict[str, list[str]]) -> dict[str, Any]:
        most = min(int(query["limit"][0]), self.page)
        names = [identity(it) for it in items]
        first = names.index(query["marker"][0]) + 1 if "marker" in query else 0
        first = int(query.get("offset", ["0"])[0]) or first
        given, rest = items[first : first + most], items[first + most :]
        found: dict[str, Any] = {key: given}
        if rest and self.links and "server-groups" not in path:
            how = {"offset": first + most} if path.startswith("/key") else {"marker": identity(given[-1])}
            following = f"{self.url}{path}?{urlencode({'limit': most, **how})}"
            if path.startswith(("/image", "/key")):
                found["next"] = following
            else:
                found[f"{key}_links"] = [{"rel": "next", "href": following}]
        return found

    def single(self, path: str) -> Answer:
        folder, _, number = path.rpartition("/")
        for listed in (folder, f"{folder}/detail"):
            if any(identity(it) == number for it in self.lists.get(listed, [])):
                return said(200, {"found": number})
        return said(404, {"message": "not found"})

    def account(self, method: str, query: dict[str, list[str]]) -> Answer:
        if method == "HEAD":
            return 204, self.seen(self.lists["account"]), b""
        names = sorted(self.lists["containers"])
        names = [name for name in names if name > query.get("marker", [""])[0]]
        return said(200, [{"name": name, "count": 0} for name in names[: self.page]])

    def container(self, name: str) -> Answer:
        if name not in self.lists["containers"]:
            return 404, {}, b""
        return 204, self.seen(self.lists["containers"][name]), b""

    def seen(self, headers: dict[str, str]) -> dict[str, str]:
        hidden = ("x-container-read", "x-container-write", "temp-url-key", "sync")
        return {
            name: value
            for name, value in headers.items()
            if self.owner or not any(part in name.lower() for part in hidden)
        }

    def login(self, asked: dict[str, Any]) -> Answer:
        if self.refuses:
            return said(401, {"error": {"message": "The request you have made requires authentication."}})
        catalog = [
            {"type": kind, "name": kind, "endpoints": [{"id": kind, "interface": "public", "region": "R",
             "region_id": "R", "url": self.url + path}]}
            for kind, path in SERVICES.items()
        ]  # fmt: skip
        domain = {"id": "domain-id", "name": "hdh"}
        scoped = "domain" in (asked["auth"].get("scope") or {})
        token = {
            "methods": ["application_credential"],
            "user": {"id": USER, "name": "platform", "domain": domain},
            **(
                {"domain": domain}
                if scoped
                else {"project": {"id": PROJECT, "name": "platform", "domain": domain}}
            ),
            "roles": [{"id": "r", "name": "member"}],
            "catalog": catalog,
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
        }
        status, headers, body = said(201, {"token": token})
        return status, {**headers, "X-Subject-Token": "a-token"}, body


def identity(item: dict[str, Any]) -> str:
    """By what pages count."""
    if "keypair" in item:
        return str(item["keypair"]["name"])
    return str(item.get("id") or item.get("secret_ref"))


def said(status: int, content: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextmanager
def standing(cloud: Cloud | None = None) -> Iterator[Cloud]:
    """One that answers until the block ends."""
    cloud = cloud or Cloud()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = cloud.answer(self.command, self.path, asked)
            self.send_response_only(status)
            self.send_header("Date", formatdate(_now() + cloud.seconds_ahead, usegmt=True))
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    cloud.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()


def _now() -> float:
    import time

    return time.time()


def connect(cloud: Cloud, *, domain: bool = False) -> Any:
    """openstacksdk's connection: an application credential's, or that of a reader of the domain."""
    import openstack
    from openstack.config import OpenStackConfig

    config = OpenStackConfig(config_files=[], secure_files=[], vendor_files=[], load_envvars=False)
    own = {"application_credential_id": "the-scans-own", "application_credential_secret": "secret"}
    reader = {"user_id": USER, "password": "secret", "domain_id": "domain-id"}
    region = config.get_one(
        auth_type="v3password" if domain else "v3applicationcredential",
        auth={"auth_url": f"{cloud.url}/identity/v3", **(reader if domain else own)},
        region_name="R",
        identity_api_version="3",
    )
    connection: Any = openstack.connection.Connection(config=region)
    connection.session.session.trust_env = False
    return connection
