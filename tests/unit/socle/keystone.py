"""A stand-in for Keystone over HTTP: what a renewal asks of it, with Keystone's own rules where they bite.

A user alone makes and deletes its application credentials, never with one; a new password ends the tokens of
that user up to the end of the second in which it was set (here a `TICK`); what is disabled opens nothing.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TICK = 0.02
MANAGER, MANAGERS, DOMAIN = "manager-id", "managers-password", "domain-id"
PLATFORM, ACCOUNT = "platform-project", "/v1/AUTH_platform-project"


class RefusedError(Exception):
    """Ends a request with this status."""


@dataclass
class Token:
    user: str
    scope: dict[str, Any]
    credential: str = ""
    issued: float = field(default_factory=lambda: time.time() // TICK)


@dataclass
class Keystone:
    """Its tables; change them as the cloud's life would."""

    url: str = ""
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    roles: set[tuple[str, str]] = field(default_factory=set)
    credentials: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False

    def space(self, stack: str, *others: str) -> str:
        """The user of a space, with its own project and others that it is a reader of; its id."""
        user = f"user-of-{stack}"
        self.users[user] = {"id": user, "name": stack, "enabled": True, "password": None}
        for name in (stack, *others):
            self.projects.setdefault(name, f"id-of-{name}")
            self.roles.add((user, self.projects[name]))
        return user

    def valid(self, number: str, secret: str) -> bool:
        """Whether this application credential opens anything."""
        held = self.credentials.get(number)
        return bool(held and held["secret"] == secret and self.users[held["user"]]["enabled"])

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any, token: str) -> Any:
        self.requests.append((method, path))
        if self.broken:
            raise RefusedError(503)
        if path in ("/", "/v3", "/v3/"):
            return 200, {
                "version": {
                    "id": "v3.14",
                    "status": "stable",
                    "links": [{"rel": "self", "href": f"{self.url}/v3/"}],
                }
            }
        if (method, path) == ("POST", "/v3/auth/tokens"):
            return self.login(body["auth"])
        who = self.who(token)
        if found := re.fullmatch(r"/v3/users/([^/]+)/application_credentials(?:/(.+))?", path):
            return self.own(method, who, found[1], found[2], body)
        if who.user != MANAGER:
            raise RefusedError(403)
        if method == "PATCH":
            user = self.users[path.rpartition("/")[2]]
            user |= body["user"]
            self.ended[user["id"]] = time.time() // TICK
            return 200, {"user": {key: value for key, value in user.items() if key != "password"}}
        name = query["name"][0]
        assert query["domain_id"] == [DOMAIN]
        if path == "/v3/users":
            return 200, {
                "users": [{"id": it["id"], "name": name} for it in self.users.values() if it["name"] == name]
            }
        return 200, {"projects": [{"id": self.projects[name], "name": name}] if name in self.projects else []}

    def who(self, token: str) -> Token:
        found = self.tokens.get(token)
        if found is None or found.issued <= self.ended.get(found.user, 0):
            raise RefusedError(401)
        return found

    def login(self, auth: dict[str, Any]) -> Any:
        identity = auth["identity"]
        if identity["methods"] == ["application_credential"]:
            said = identity["application_credential"]
            if said["id"] == "platform":
                token = Token("platform-user", {"project": {"id": PLATFORM}})
            elif self.valid(said["id"], said["secret"]):
                held = self.credentials[said["id"]]
                token = Token(held["user"], {"project": {"id": held["project"]}}, said["id"])
            else:
                raise RefusedError(401)
        else:
            token = self.by_password(identity["password"]["user"], auth.get("scope") or {})
        name = secrets.token_hex(8)
        self.tokens[name] = token
        links = [("identity", "/v3"), *([("object-store", ACCOUNT)] if "project" in token.scope else [])]
        catalog = [
            {
                "type": kind,
                "name": kind,
                "endpoints": [
                    {
                        "id": kind,
                        "interface": "public",
                        "region": "R",
                        "region_id": "R",
                        "url": self.url + path,
                    }
                ],
            }
            for kind, path in links
        ]
        scope = {
            key: {"name": "any", "domain": {"id": DOMAIN}, **value} for key, value in token.scope.items()
        }
        user = {"id": token.user, "name": "any", "domain": {"id": DOMAIN, "name": "hdh"}}
        times = {"expires_at": "2099-01-01T00:00:00.000000Z", "issued_at": "2026-01-01T00:00:00.000000Z"}
        return 201, {"token": {"methods": ["x"], "user": user, "catalog": catalog, **scope, **times}}, name

    def by_password(self, said: dict[str, Any], scope: dict[str, Any]) -> Token:
        if said.get("name") == "manager" and said["password"] == MANAGERS:
            return Token(MANAGER, {"domain": {"id": DOMAIN}})
        user = self.users.get(said.get("id", ""))
        if (
            user is None
            or not user["password"]
            or user["password"] != said["password"]
            or not user["enabled"]
        ):
            raise RefusedError(401)
        project = scope["project"]["id"]
        if (user["id"], project) not in self.roles:
            raise RefusedError(401)
        return Token(user["id"], {"project": {"id": project}})

    def own(self, method: str, who: Token, user: str, number: str | None, body: Any) -> Any:
        if who.user != user or who.credential:
            raise RefusedError(403)
        if method == "GET":
            return 200, {"application_credentials": [
                {"id": it, "name": one["name"]} for it, one in self.credentials.items() if one["user"] == user
            ]}  # fmt: skip
        if method == "DELETE":
            del self.credentials[str(number)]
            return 204, None
        said = body["application_credential"]
        if said["roles"] != [{"name": "reader"}] or not re.fullmatch(
            r"[0-9-]{10}T[0-9:]{8}Z", said["expires_at"]
        ):
            raise RefusedError(400)
        if any(one["name"] == said["name"] and one["user"] == user for one in self.credentials.values()):
            raise RefusedError(409)
        made, secret = secrets.token_hex(6), secrets.token_urlsafe(24)
        self.credentials[made] = {
            **said,
            "secret": secret,
            "user": user,
            "project": who.scope["project"]["id"],
        }
        return 201, {"application_credential": {**said, "id": made, "secret": secret}}


@contextmanager
def standing(keystone: Keystone | None = None) -> Iterator[Keystone]:
    """One that answers, this one or a new one, until the block ends."""
    keystone = keystone or Keystone()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts, size = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            token: list[str] = []
            try:
                status, said, *token = keystone.answer(
                    self.command,
                    parts.path,
                    parse_qs(parts.query),
                    body,
                    self.headers.get("X-Auth-Token", ""),
                )
            except RefusedError as refused:
                status, said = refused.args[0], {"error": {"message": "refused", "code": refused.args[0]}}
            data = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if token:
                self.send_header("X-Subject-Token", token[0])
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    keystone.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield keystone
    finally:
        server.shutdown()
        server.server_close()
