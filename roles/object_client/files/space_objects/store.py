"""The space's containers, through the object gateway: log in, list, fetch, store. Seals nothing."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from sealing import PIECE, Trouble

SECONDS = 120.0
LARGEST = 5 * 1024**3
"""Bytes of one object, as OpenStack's object store takes them; its manifests do not pass the gateway."""
PAGE = 10_000
LONGEST, ENCODED = 1024, 1800
"""Bytes of a name as the store takes them, and letters as the gateway does: 2048 of a whole address."""
PLAIN = "/~!()*+,=@:"
# What the gateway lets pass, before it is encoded: no dots alone, no letters beyond three bytes of UTF-8.
_NAME = re.compile(r"(?!.*(?:^|/)\.{0,2}(?:/|$))[A-Za-z0-9._~!()*+,=@:/ \u00a0-\ud7ff\ue000-\uffff-]+")
_MARKER = re.compile(r"[A-Za-z0-9._~/ \u00a0-\ud7ff\ue000-\uffff-]+")


def checked(name: str) -> str:
    """The name, when an object may be called so."""
    if not _NAME.fullmatch(name) or len(name.encode()) > LONGEST or len(quote(name, safe=PLAIN)) > ENCODED:
        fix = "take letters, digits, spaces, slashes and ._~!()*+,=@:-, and not too many"
        raise Trouble(f"{name!r}: no name for an object; {fix}", 2)
    return name


class Store:
    """One credential's view. `entry`: of a clouds.yaml."""

    def __init__(self, file: Path, entry: str) -> None:
        """Logs in."""
        try:
            # The role writes it as JSON, which is YAML too: Python reads it without help.
            said = json.loads(file.read_text(encoding="utf-8"))["clouds"]
        except OSError as error:
            fix = "the space has no credential here; ask who runs the platform"
            raise Trouble(f"{file}: {error.strerror}; {fix}", 2) from None
        except (ValueError, KeyError):
            raise Trouble(f"{file}: not a clouds.yaml as the platform writes it", 2) from None
        if entry not in said:
            raise Trouble(f"{entry}: the space has no credential for it; it has {', '.join(sorted(said))}", 2)
        cloud = said[entry]
        self._account = urlsplit(cloud["object_store_endpoint_override"])
        self._trust = ssl.create_default_context(cafile=cloud.get("cacert"))
        self._token = ""
        auth = cloud["auth"]
        named = {key: auth[f"application_credential_{key}"] for key in ("id", "secret")}
        identity = {"methods": ["application_credential"], "application_credential": named}
        body = json.dumps({"auth": {"identity": identity}}).encode()
        path = urlsplit(auth["auth_url"]).path + "/auth/tokens"
        with closing(self._link()) as link:
            answer = self._ask(link, "POST", path, {"Content-Type": "application/json"}, body)
            self._token = answer.getheader("X-Subject-Token", "")

    def names(self, container: str) -> Iterator[tuple[str, int, str]]:
        """Name, bytes and time of each object."""
        marker = ""
        while True:
            query = f"?format=json&limit={PAGE}" + (f"&marker={quote(marker)}" if marker else "")
            with closing(self._link()) as link:
                answer = self._ask(link, "GET", self._path(container) + query)
                page: list[Mapping[str, Any]] = json.loads(answer.read() or b"[]")
            yield from ((str(one["name"]), int(one["bytes"]), str(one["last_modified"])[:19]) for one in page)
            if len(page) < PAGE:
                return
            marker = str(page[-1]["name"])
            if not _MARKER.fullmatch(marker):
                raise Trouble(f"{container}: there are more after {marker!r}, which the gateway cannot list")

    def fetch(self, container: str, name: str) -> Iterator[bytes]:
        """The object as it lies there; Trouble when it does not come whole."""
        with closing(self._link()) as link:
            answer = self._ask(link, "GET", self._path(container, name))
            try:
                while piece := answer.read(PIECE):
                    yield piece
            except (http.client.HTTPException, OSError) as error:
                raise Trouble(f"{name}: the store stopped answering ({error}); try again", 4) from None
            if answer.length:  # what was announced and did not come
                raise Trouble(
                    f"{name}: the store stopped answering, {answer.length} bytes before the end; try again", 4
                )

    def put(self, container: str, name: str, pieces: Iterable[bytes]) -> None:
        """Store it whole, or not at all: what ends early is never said to be the end."""
        digest = hashlib.md5(usedforsecurity=False)

        def counted() -> Iterator[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece

        said = {"Content-Type": "application/octet-stream", "Transfer-Encoding": "chunked"}
        with closing(self._link()) as link:
            answer = self._ask(link, "PUT", self._path(container, name), said, counted())
            if answer.getheader("ETag", "").strip('"') not in ("", digest.hexdigest()):
                raise Trouble(f"{name}: the store got something else than was sent; try again")

    def _path(self, container: str, name: str = "") -> str:
        return f"{self._account.path}/{container}" + (f"/{quote(name, safe=PLAIN)}" if name else "")

    def _link(self) -> http.client.HTTPSConnection:
        host, port = self._account.hostname or "", self._account.port
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=self._trust)

    def _ask(
        self,
        link: http.client.HTTPSConnection,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterator[bytes] | None = None,
    ) -> http.client.HTTPResponse:
        token = {"X-Auth-Token": self._token} if self._token else {}
        chunked = not isinstance(body, bytes | None)
        try:
            # An answer that did not wait for the end may be there.
            with suppress(BrokenPipeError, ConnectionResetError):
                link.request(method, path, body, {**token, **(headers or {})}, encode_chunked=chunked)
            answer = link.getresponse()
        except (http.client.HTTPException, OSError) as error:
            reason = str(error) or type(error).__name__
            raise Trouble(
                f"the object gateway does not answer ({reason}); try again, then tell who runs the platform",
                4,
            ) from None
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise Trouble(_refusal(answer, path))
        return answer


def _refusal(answer: http.client.HTTPResponse, path: str) -> str:
    text = answer.read(200).decode(errors="replace").strip()
    if text.startswith("refused by the gateway"):
        return f"{path}: {text}; only what the space's table grants passes"
    match answer.status:
        case http.HTTPStatus.UNAUTHORIZED:
            return f"{path}: the credential is not taken: it may have ended; ask who runs the platform"
        case http.HTTPStatus.NOT_FOUND:
            return f"{path}: there is no such object; see `space-objects list`"
        case http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return f"{path}: too large, or the space's quota is used up"
    return f"{path}: the store answers {answer.status}"
