"""What lies in a space's containers, and whether it is sealed: asked of the object store, object by object.

A beginning is read, nothing more. Who seals is roles/object_client; the gateway refuses what a space itself
would store in clear, but not what others bring to its container.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from infra.plan.objects import EXCHANGE, exchange_container
from infra.stackfile import space_of
from socle.errors import FailureError
from socle.space import objects

MARK = b"age-encryption.org/v1\n"
"""How age's format begins (C2SP, age)."""
PAGE = 1000
"""Objects asked for at once."""
GONE = "application/x-deleted"
"""Type of the entry that Swift keeps of a deletion, in a container with versions."""


@dataclass(frozen=True)
class Lying:
    """One object, or an older version of one. `size`: bytes as they lie there."""

    container: str
    name: str
    size: int
    sealed: bool

    def __str__(self) -> str:
        """For a message."""
        return f"{self.container}/{self.name}"


def lying(cloud: Any, environment: str, space: str) -> list[Lying]:
    """Everything in the space's two containers, older versions too. FailureError when the store refuses."""
    return [
        one
        for way in EXCHANGE
        for one in _in_container(cloud.object_store, exchange_container(environment, space, way))
    ]


def said(cloud: Any, environment: str, stack: str, keys: Path) -> dict[str, Any]:
    """For a certificate: by which keys the space's objects were sealed, who else opens some, what is clear.

    `keys` are public ones; `open to` are those who take out results today: they open what was given out.
    """
    found = lying(cloud, environment, space_of(stack))
    return {
        "keys": [*objects.known(keys, stack)],
        "open to": sorted(objects.readers_of(environment)),
        "sealed": sum(one.sealed for one in found),
        "in clear": [str(one) for one in found if not one.sealed],
    }


def _in_container(api: Any, container: str) -> Iterator[Lying]:
    after: dict[str, str] = {}
    while True:
        said = {"format": "json", "versions": "true", "limit": PAGE, **after}
        listed = api.get(f"/{container}", params=said)
        if listed.status_code == HTTPStatus.NOT_FOUND:
            return
        _sound(listed, container)
        entries = listed.json() if listed.status_code == HTTPStatus.OK else []
        for entry in entries:
            if not str(entry.get("content_type", "")).startswith(GONE):
                yield from _object(api, container, entry)
        if len(entries) < PAGE:
            return
        last = entries[-1]
        after = {"marker": last["name"]}
        if last.get("version_id"):
            after["version_marker"] = last["version_id"]


def _object(api: Any, container: str, entry: Any) -> Iterator[Lying]:
    name, size = str(entry["name"]), int(entry["bytes"])
    sealed = False
    if size >= len(MARK):
        version = {"version-id": entry["version_id"]} if entry.get("version_id") else {}
        part = {"Range": f"bytes=0-{len(MARK) - 1}"}
        answer = api.get(f"/{container}/{quote(name)}", params=version, headers=part)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return  # it went meanwhile
        _sound(answer, f"{container}/{name}")
        sealed = answer.content[: len(MARK)] == MARK
    yield Lying(container, name, size, sealed)


def _sound(answer: Any, what: str) -> None:
    if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
        raise FailureError(f"the object store answers {answer.status_code}", what, "say the same again")
