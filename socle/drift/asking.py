"""Asks a cloud's services: GET and HEAD, page by page, patiently. Whatever is not a whole answer is an error.

Nothing else can be asked here, and no answer is guessed: a page that is cut, says a status, repeats itself or
lacks its list raises Unread with the reason.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from socle.drift import answers
from socle.drift.answers import Unread
from socle.drift.paging import Once, pages

AT_ONCE = 3
"""Requests under way at one service."""
WORKERS = 12
"""Questions under way at all services together."""
SECONDS = 60.0
"""How long one answer may take."""
PATIENCE = 120.0
"""How long, in all, one request waits for a service that is busy."""
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


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
        self.skew: float | None = None
        self._seconds, self._patience, self._sleep = seconds, patience, sleep
        self._paces: dict[str, _Pace] = {}
        self._lists: dict[tuple[str, str, str, str], Once] = {}
        self._lock = threading.Lock()

    def get(self, service: str, path: str, params: Mapping[str, Any] | None = None, **how: Any) -> Any:
        """The JSON that one GET answers."""
        return answers.json(self._ask("GET", service, path, params, **how), f"{service} {path}")

    def head(self, service: str, path: str) -> dict[str, str]:
        """The headers that one HEAD answers, names in small letters."""
        answer = self._ask("HEAD", service, path, None, sort="item")
        return {name.lower(): answers.text(str(value)) for name, value in answer.headers.items()}

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
    ) -> list[Any]:
        """Every item of a list, see `paging.pages`; asked for once, however many want it."""
        question = (service, path, repr(sorted((params or {}).items())), version)
        with self._lock:
            once = self._lists.setdefault(question, Once())
        return once.get(
            lambda: list(pages(self.get, service, path, key, params, version=version, by=by, marker=marker))
        )

    def version(self, service: str, wanted: str) -> str:
        """The microversion to ask for: this one, or the service's last when that is older."""
        try:
            data = self._proxy(service).get_endpoint_data()
        except Unread:
            raise
        except Exception as error:
            raise Unread(f"{service}: {answers.line(error)}") from None
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
            wait = answers.retry_after(answer, min(2.0**tries / 2, 30.0))
            waited += wait
            if waited > self._patience:
                said = f"{service} {path}: answered {answer.status_code} {tries} times"
                raise Unread(f"{said}; it was given {self._patience:.0f} s", answer.status_code)
            # Everybody who asks this service waits, or the storm goes on.
            pace.not_before = max(pace.not_before, time.monotonic() + wait)
        self._note_clock(answer)
        if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise Unread(
                f"{service} {path}: answered {answer.status_code}{answers.said(answer)}", answer.status_code
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
            raise Unread(f"{service} {path}: {answers.line(error)}", answers.status(error)) from None

    def _proxy(self, service: str) -> Any:
        """The service's own; openstacksdk finds out about it when first asked, not for several at once."""
        with self._lock:
            try:
                return getattr(self.connection, service)
            except Exception as error:  # keystoneauth and openstacksdk raise many kinds
                raise Unread(f"{service}: {answers.line(error)}", answers.status(error)) from None

    def _note_clock(self, answer: Any) -> None:
        try:
            there = parsedate_to_datetime(answer.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return
        ahead = (there.astimezone(UTC) - datetime.now(UTC)).total_seconds()
        if self.skew is None or abs(ahead) > abs(self.skew):
            self.skew = ahead


def at_once(function: Callable[[Any], Any], values: Iterable[Any]) -> Iterator[Any]:
    """What it makes of each value, in their order; several at a time, each service at its own pace."""
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(function, list(values))
