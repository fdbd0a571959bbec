"""Lists that come in pages: followed to their end or not believed, and asked for once for everybody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from socle.drift.answers import Unread

PAGE = 500
"""Items asked for at once; services give fewer when they like."""
_MOST_PAGES = 10_000


class Once:
    """A list that several ask for: the first one's answer, or why there is none, is everybody's."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._lock = threading.Lock()
        self._found: list[Any] | None = None
        self._unread: Unread | None = None

    def get(self, ask: Callable[[], list[Any]]) -> list[Any]:
        """The list; Unread when it could not be read."""
        with self._lock:
            if self._found is None and self._unread is None:
                try:
                    self._found = ask()
                except Unread as unread:
                    self._unread = unread
        if self._unread:
            raise Unread(str(self._unread), self._unread.status)
        return self._found or []


def pages(
    get: Callable[..., Any],
    service: str,
    path: str,
    key: str,
    params: Mapping[str, Any] | None = None,
    *,
    version: str = "",
    by: str = "marker",
    marker: Callable[[Any], str] = lambda item: str(item["id"]),
) -> Iterator[Any]:
    """Every item of a list, by what GETs one page. `by`: how the service counts pages, marker or offset.

    After a full page without a link to the next, more is asked for: some services give no links.
    """
    asked: dict[str, Any] = {**(params or {}), "limit": PAGE}
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        answer = get(service, path, asked, version=version)
        items = answer if key == "" else answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(items, list):
            raise Unread(f"{service} {path}: the answer has no list {key!r}")
        names = [marker(item) for item in items] if by == "marker" else []
        if seen.intersection(names):
            raise Unread(f"{service} {path}: a page repeats what an earlier one had")
        seen.update(names)
        yield from items
        following = _following(answer, key)
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


def _following(answer: Any, key: str) -> dict[str, str] | None:
    """The question that the answer's link to the next page asks; None when it has none."""
    if not isinstance(answer, dict):
        return None
    links = answer.get(f"{key}_links") or []
    found = next((link["href"] for link in links if link.get("rel") == "next"), answer.get("next"))
    return dict(parse_qsl(urlsplit(str(found)).query)) if found else None
