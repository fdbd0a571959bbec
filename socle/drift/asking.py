"""Asks a cloud's services: GET and HEAD, page by page, patiently. Whatever is not a whole answer is an error.

Nothing else can be asked here, and no answer is guessed: a page that is cut, says a status, repeats itself or
lacks its list raises Unread with the reason.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PAGE = 500
"""Items asked for at once; services give fewer when they like."""
AT_ONCE = 3
"""Requests under way at one service."""
SECONDS = 60.0
"""How long one answer may take."""
PATIENCE = 120.0
"""How long, in all, one request waits for a service that is busy."""
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_MOST_PAGES = 10_000


class Unread(Exception):  # noqa: N818 - a verdict, not a failure of ours
    """Something could not be read; one line says why. `status`: what the service answered, 0 for none."""

    def __init__(self, why: str, status: int = 0) -> None:
        """Keep both."""
        super().__init__(why)
        self.status = status


@dataclass
class _Pace:
    """How fast one service may be asked."""

    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    not_before: float = 0.0


class Reader:
    """One connection's services. Safe for several threads."""

    def __init__(
        self,
        connection: Any,
        *,
        seconds: float = SECONDS,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """On an openstacksdk connection."""
        self.connection = connection
        self.requests: Counter[str] = Counter()
        self.skew = 0.0
        self._seconds, self._patience, self._sleep = seconds, patience, sleep
        self._paces: dict[str, _Pace] = {}
        self._lock = threading.Lock()

    def get(self, service: str, path: str, params: Mapping[str, Any] | None = None, **how: Any) -> Any:
        """The JSON that one GET answers."""
        return _json(self._ask("GET", service, path, params, **how), f"{service} {path}")

    def head(self, service: str, path: str) -> dict[str, str]:
        """The headers that one HEAD answers, names in small letters."""
        answer = self._ask("HEAD", service, path, None, sort="item")
        return {name.lower(): _text(str(value)) for name, value in answer.headers.items()}

    def exists(self, service: str, path: str, version: str = "") -> bool:
        """Whether GET finds one thing; Unread when that cannot be said."""
        try:
            self._ask("GET", service, path, None, version=version, sort="item")
        except Unread as unread:
            if unread.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def pages(
        self,
        service: str,
        path: str,
        key: str,
        params: Mapping[str, Any] | None = None,
        *,
        version: str = "",
        by: str = "marker",
        marker: Callable[[Any], str] = lambda item: str(item["id"]),
    ) -> Iterator[Any]:
        """Every item of a list. `by`: how the service counts pages, marker or offset.

        After a full page without a link to the next, more is asked for: some services give no links.
        """
        asked: dict[str, Any] = {**(params or {}), "limit": PAGE}
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            answer = self.get(service, path, asked, version=version)
            items = answer if key == "" else answer.get(key) if isinstance(answer, dict) else None
            if not isinstance(items, list):
                raise Unread(f"{service} {path}: the answer has no list {key!r}")
            names = [marker(item) for item in items] if by == "marker" else []
            if seen.intersection(names):
                raise Unread(f"{service} {path}: a page repeats what an earlier one had")
            seen.update(names)
            yield from items
            following = _next(answer, key)
            if following is None and len(items) < PAGE:
                return
            if by == "offset":
                asked = {**asked, "offset": int(asked.get("offset", 0)) + len(items)}
            elif following and following.get("marker"):
                asked = {**asked, "marker": following["marker"]}
            elif items:
                asked = {**asked, "marker": names[-1]}
            if not items:
                if following is None:
                    return
                raise Unread(f"{service} {path}: an empty page names another one after it")
        raise Unread(f"{service} {path}: pages do not end")

    def version(self, service: str, wanted: str) -> str:
        """The microversion to ask for: this one, or the service's last when that is older."""
        try:
            data = self._proxy(service).get_endpoint_data()
        except Unread:
            raise
        except Exception as error:
            raise Unread(f"{service}: {_line(error)}") from None
        most = data.max_microversion if data else None
        if not most:
            return ""
        want = tuple(int(part) for part in wanted.split("."))
        return wanted if tuple(most) >= want else ".".join(str(part) for part in most)

    def _ask(
        self,
        method: str,
        service: str,
        path: str,
        params: Mapping[str, Any] | None,
        *,
        version: str = "",
        sort: str = "bulk",
    ) -> Any:
        with self._lock:
            pace = self._paces.setdefault(service, _Pace())
        waited, tries = 0.0, 0
        while True:
            with pace.gate:
                if (pause := pace.not_before - time.monotonic()) > 0:
                    self._sleep(min(pause, self._patience))
                with self._lock:
                    self.requests[sort] += 1
                answer = self._send(method, service, path, params, version)
            if answer.status_code not in _BUSY:
                break
            tries += 1
            wait = _retry_after(answer, min(2.0**tries / 2, 30.0))
            waited += wait
            if waited > self._patience:
                said = f"{service} {path}: answered {answer.status_code} {tries} times"
                raise Unread(f"{said}; it was given {self._patience:.0f} s", answer.status_code)
            # Everybody who asks this service waits, or the storm goes on.
            pace.not_before = max(pace.not_before, time.monotonic() + wait)
        self._note_clock(answer)
        if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise Unread(
                f"{service} {path}: answered {answer.status_code}{_said(answer)}", answer.status_code
            )
        return answer

    def _send(
        self, method: str, service: str, path: str, params: Mapping[str, Any] | None, version: str
    ) -> Any:
        proxy = self._proxy(service)
        how: dict[str, Any] = {"params": params} if params else {}
        if version:
            how["microversion"] = version
        try:
            return proxy.request(
                path,
                method,
                raise_exc=False,
                timeout=self._seconds,
                connect_retries=1,
                headers={"Accept": "application/json"},
                **how,
            )
        except Exception as error:  # openstacksdk, keystoneauth and requests raise many kinds
            raise Unread(f"{service} {path}: {_line(error)}", _status(error)) from None

    def _proxy(self, service: str) -> Any:
        """The service's own; openstacksdk finds out about it when first asked, not for several at once."""
        with self._lock:
            try:
                return getattr(self.connection, service)
            except Exception as error:  # keystoneauth and openstacksdk raise many kinds
                raise Unread(f"{service}: {_line(error)}", _status(error)) from None

    def _note_clock(self, answer: Any) -> None:
        try:
            there = parsedate_to_datetime(answer.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return
        ahead = (there.astimezone(UTC) - datetime.now(UTC)).total_seconds()
        if abs(ahead) > abs(self.skew):
            self.skew = ahead


def _json(answer: Any, what: str) -> Any:
    if answer.status_code == HTTPStatus.NO_CONTENT:
        return []
    try:
        return answer.json()
    except ValueError:
        raise Unread(f"{what}: the answer is no whole JSON ({len(answer.content)} bytes)") from None


def _next(answer: Any, key: str) -> dict[str, str] | None:
    """The question that the answer's link to the next page asks; None when it has none."""
    if not isinstance(answer, dict):
        return None
    links = answer.get(f"{key}_links") or []
    found = next((link["href"] for link in links if link.get("rel") == "next"), answer.get("next"))
    return dict(parse_qsl(urlsplit(str(found)).query)) if found else None


def _retry_after(answer: Any, otherwise: float) -> float:
    said = str(answer.headers.get("Retry-After", "")).strip()
    return float(said) if said.isdigit() else otherwise


def _said(answer: Any) -> str:
    number = answer.headers.get("x-openstack-request-id") or answer.headers.get("x-trans-id")
    return f" ({number})" if number else ""


def _status(error: Exception) -> int:
    status = getattr(error, "http_status", None) or getattr(error, "status_code", None)
    return int(status) if isinstance(status, int) else 0


def _line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def _text(header: str) -> str:
    """Headers travel as Latin-1; services write UTF-8 into them."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return header
