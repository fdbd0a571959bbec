"""Containers with versions, as openstacksdk's raw `get` shows Swift's: pages of names, parts of objects."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace as Thing
from typing import Any
from urllib.parse import unquote

SEALED = b"age-encryption.org/v1\n-> X25519 rest"


@dataclass(frozen=True)
class Version:
    """One object, or an older version of it; without content, the mark of a deletion."""

    container: str
    name: str
    content: bytes | None


class Containers:
    """What they hold, the newest version of a name first. `broken`: a name at which the store fails."""

    def __init__(self, *versions: Version, page: int = 1000, broken: str = "") -> None:
        self.versions, self.page, self.broken = versions, page, broken
        self.asked: list[tuple[str, dict[str, str]]] = []

    def get(
        self, path: str, params: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        said = params or {}
        self.asked.append((path, headers or {}))
        container, _, name = unquote(path).lstrip("/").partition("/")
        mine = [(str(number), one) for number, one in enumerate(self.versions) if one.container == container]
        if not name:
            return self._listing(mine, said)
        if name == self.broken:
            return Thing(status_code=503, content=b"")
        wanted = said.get("version-id")
        for number, one in mine:
            if one.name == name and one.content and wanted in (None, number):
                first, last = (headers or {})["Range"].removeprefix("bytes=").split("-")
                return Thing(status_code=206, content=one.content[int(first) : int(last) + 1])
        return Thing(status_code=404, content=b"")

    def _listing(self, mine: list[tuple[str, Version]], said: dict[str, Any]) -> Any:
        if not self.versions:
            return Thing(status_code=404)
        if said.get("versions") != "true":
            newest: dict[str, tuple[str, Version]] = {}
            for number, one in mine:
                newest.setdefault(one.name, (number, one))
            mine = [found for found in newest.values() if found[1].content is not None]
        if marker := said.get("marker"):
            begin = next(
                place
                for place, (number, one) in enumerate(mine)
                if one.name == marker and said.get("version_marker") == number
            )
            mine = mine[begin + 1 :]
        entries = [
            {
                "name": one.name,
                "bytes": len(one.content or b""),
                "version_id": number,
                "content_type": "text/csv"
                if one.content is not None
                else "application/x-deleted;swift_versions_deleted=1",
            }
            for number, one in mine[: int(said["limit"])]
        ]
        return Thing(status_code=200 if entries else 204, json=lambda: entries)
