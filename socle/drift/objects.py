"""Lists the object store's account and containers, each with its rights; keys only as set or not set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

from socle.drift import traces
from socle.drift.answers import Unread
from socle.drift.asking import Reader, at_once
from socle.drift.paging import PAGE
from socle.drift.thing import Thing, ordered


def containers(reader: Reader, declared: Iterable[str]) -> list[Thing]:
    """The account's containers and those declared, whose listing may lag; each is asked for its rights.

    Rights are shown to who owns the account alone. When nobody's rights are seen although some are declared,
    nothing can be said of any.
    """
    names = dict.fromkeys(it["name"] for it in _listing(reader))
    unlisted = [name for name in declared if name not in names]
    names |= dict.fromkeys(name for name in unlisted if reader_sees(reader, name))
    return [_container(name, said) for name, said in zip(names, at_once(_head(reader), names), strict=True)]


def reader_sees(reader: Reader, name: str) -> bool:
    """Whether the object store has the container, by its newest copy."""
    try:
        reader.head("object_store", f"/{quote(name)}")
    except Unread as unread:
        if unread.status == 404:  # noqa: PLR2004 - HTTP's own
            return False
        raise
    return True


def _head(reader: Reader) -> Callable[[str], dict[str, str]]:
    return lambda name: reader.head("object_store", f"/{quote(name)}")


def _listing(reader: Reader) -> Iterator[Any]:
    """Swift gives no links: an empty page is the end."""
    marker, seen = "", set[str]()
    while True:
        asked = {"format": "json", "limit": PAGE, **({"marker": marker} if marker else {})}
        items = reader.get("object_store", "", asked)
        if not isinstance(items, list):
            raise Unread("object-store: the account's listing is no list")
        if not items:
            return
        names = {str(it["name"]) for it in items}
        if seen & names:
            raise Unread("object-store: a page repeats what an earlier one had")
        seen |= names
        yield from items
        marker = str(items[-1]["name"])


def _container(name: str, said: dict[str, str]) -> Thing:
    prefix = "x-container-meta-"
    secret = {"temp-url-key", "temp-url-key-2"}
    fields: dict[str, Any] = {
        "read_acl": _entries(said.get("x-container-read", "")),
        "write_acl": _entries(said.get("x-container-write", "")),
        "versioning": said.get("x-versions-enabled", "False").lower() == "true",
        "legacy_versions": said.get("x-versions-location") or said.get("x-history-location", ""),
        "sync_to": said.get("x-container-sync-to", ""),
        "sync_key": _whether(said.get("x-container-sync-key")),
        "temp_url_key": _whether(said.get(f"{prefix}temp-url-key")),
        "temp_url_key_2": _whether(said.get(f"{prefix}temp-url-key-2")),
        "storage_policy": said.get("x-storage-policy", ""),
        "metadata": {
            key.removeprefix(prefix): value
            for key, value in said.items()
            if key.startswith(prefix) and key.removeprefix(prefix) not in secret
        },
    }
    return Thing("container", name, name, fields, traces=traces.of_headers(said))


def _entries(text: str) -> list[str]:
    return ordered(part.strip() for part in text.split(",") if part.strip())


def _whether(secret: str | None) -> str:
    return "set" if secret else ""


def account(reader: Reader, project: str) -> list[Thing]:
    """The object store's account itself: keys for temporary URLs open every object without a login."""
    said, prefix = reader.head("object_store", ""), "x-account-meta-"
    keys = {f"{prefix}temp-url-key", f"{prefix}temp-url-key-2"}
    fields: dict[str, Any] = {
        "temp_url_key": _whether(said.get(f"{prefix}temp-url-key")),
        "temp_url_key_2": _whether(said.get(f"{prefix}temp-url-key-2")),
        "access_control": said.get("x-account-access-control", ""),
        "metadata": {
            key.removeprefix(prefix): value
            for key, value in said.items()
            if key.startswith(prefix) and key not in keys and not key.startswith(f"{prefix}quota")
        },
    }
    return [Thing("account", project, "of the object store", fields, traces=traces.of_headers(said))]
