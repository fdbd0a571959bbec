"""The target: a container of Swift, through openstacksdk's session. Objects are tried once, all else again.

A large object is a static large object (SLO): segments in a container beside it, and a manifest that Swift
accepts only when each segment's size and MD5 are as said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import openstack
import requests
from keystoneauth1 import exceptions as failures

from socle.errors import FailureError, UserError
from socle.migrate.again import insist
from socle.migrate.ends import BusyError, CutError, EndError, retry_after
from socle.migrate.headers import Limits
from socle.migrate.meter import Meter

MARK = "x-container-meta-socle-migration"
_SECONDS = 60
_PIECE = 1 << 20
_PAGE = 10_000
_BUSY = (408, 422, 429, 499, 500, 502, 503, 504)
"""422: what arrived is not what was sent."""
Segment = tuple[str, int, str]


class Target:
    """A container as one identity sees it; may be used by several threads."""

    def __init__(self, cloud: str, container: str, meter: Meter | None = None) -> None:
        """`cloud` is an entry of clouds.yaml, `meter` counts what is read. UserError when we are kept out."""
        self._meter = meter or Meter(None)
        self.container, self.segments_container = container, f"{container}_segments"
        try:
            self._store = insist(lambda: _login(cloud))
            self.address = f"{self._store.get_endpoint()}/{container}"
        except BusyError as error:
            raise FailureError(f"does not answer: {error}", f"cloud {cloud}", "run again") from None
        except (openstack.exceptions.SDKException, failures.ClientException) as error:
            raise UserError(
                f"does not let us in: {_first(error)}", f"cloud {cloud}", "see clouds.yaml"
            ) from None

    def limits(self) -> Limits:
        """What the store says it allows; Swift's defaults where it does not say. Raises FailureError.

        A store that is busy has not said anything: names would be refused, or cut, by limits of another.
        """
        try:
            info = insist(self._info)
        except BusyError as error:
            raise FailureError(f"does not say its limits: {error}", self.address, "run again") from None
        if info is None:
            return Limits()
        swift, slo = info.swift or {}, info.slo or {}
        names = {"name": "object_name_length", "value": "meta_value_length", "meta": "meta_overall_size"}
        known = {ours: int(swift.get(f"max_{its}", getattr(Limits(), ours))) for ours, its in names.items()}
        count = int(swift.get("max_meta_count", Limits().count))
        return Limits(**known, count=count, segments=int(slo.get("max_manifest_segments", Limits().segments)))

    def _info(self) -> Any:
        try:
            return self._store.get_info()
        except (openstack.exceptions.SDKException, failures.ClientException) as error:
            if _passing(error):
                raise BusyError(f"target: {_first(error)}") from None
            return None
        except ValueError:  # JSON that was cut
            raise CutError("target: its answer is not whole") from None

    def mark(self, job: str) -> bool:
        """Claim the container for a migration; True when it held objects of this migration before.

        Raises UserError when it is not there, is another migration's, or holds what is nobody's; FailureError
        when it does not answer.
        """
        try:
            return insist(lambda: self._mark(job))
        except EndError as error:
            raise FailureError(
                str(error), self.address, "see the container's rights, then run again"
            ) from None

    def _mark(self, job: str) -> bool:
        found = self._ask("HEAD", self._path(self.container), missing=True)
        if found is None:
            raise UserError("no such container", self.address, "make it with the data layer, or by hand")
        owner, held = found.headers.get(MARK, ""), int(found.headers.get("x-container-object-count", "0"))
        if owner and owner != job:
            raise UserError(f"belongs to the migration {owner}", self.address, "name another container")
        if not owner and (held or next(self.listing(self.container), None)):
            raise UserError("holds other data already", self.address, "name an empty container")
        self._ask("POST", self._path(self.container), headers={MARK: job})
        rights = {"X-Container-Read": found.headers.get("x-container-read", ""), MARK: job}
        self._ask("PUT", self._path(self.segments_container), headers=rights)
        return bool(owner)

    def put(self, name: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Write a whole object; Swift refuses it (422) when its MD5 is another than that of `body`."""
        md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
        path = self._path(self.container, name)
        self._ask("PUT", path, headers={**headers, "ETag": md5}, data=body)

    def put_segment(self, name: str, pieces: Iterable[bytes]) -> Segment:
        """Write a segment as it comes; raises BusyError when Swift holds other bytes than were sent."""
        md5, size = hashlib.md5(usedforsecurity=False), 0

        def passing() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                md5.update(piece)
                size += len(piece)
                yield piece

        done = self._ask("PUT", self._path(self.segments_container, name), data=passing())
        if done.headers.get("etag", "").strip('"') != md5.hexdigest():
            raise BusyError("target: a segment arrived as other bytes than were sent")
        return name, size, md5.hexdigest()

    def put_manifest(self, name: str, segments: list[Segment], headers: Mapping[str, str]) -> None:
        """Make the segments one object; only now it can be seen."""
        entries = [
            {"path": f"/{self.segments_container}/{segment}", "size_bytes": size, "etag": md5}
            for segment, size, md5 in segments
        ]
        path = f"{self._path(self.container, name)}?multipart-manifest=put"
        self._ask("PUT", path, headers=dict(headers), data=json.dumps(entries).encode())

    def head(self, name: str) -> dict[str, str] | None:
        """An object's headers in small letters, None when there is none."""
        found = self._ask("HEAD", self._path(self.container, name), missing=True)
        return None if found is None else _small(found)

    def read(self, name: str) -> tuple[dict[str, str], Iterator[bytes]] | None:
        """An object's headers and its bytes as they are stored; None when there is none."""
        found = self._ask("GET", self._path(self.container, name), missing=True, stream=True)
        if found is None:
            return None
        return _small(found), self._meter.passing(_pieces(found))

    def listing(self, container: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Names and sizes in a container in the order of their bytes; nothing when it is not there."""
        return ((name, size) for name, size, _ in self.dated(container, prefix))

    def dated(self, container: str, prefix: str = "") -> Iterator[tuple[str, int, datetime]]:
        """The same, with when each was written by the target's clock (UTC)."""
        marker = ""
        while True:
            query = (
                f"format=json&limit={_PAGE}&marker={quote(marker, safe='')}&prefix={quote(prefix, safe='')}"
            )
            entries = insist(partial(self._entries, f"{self._path(container)}?{query}"))
            if not entries:
                return
            for entry in entries:
                written = datetime.fromisoformat(str(entry["last_modified"])).replace(tzinfo=UTC)
                yield str(entry["name"]), int(entry["bytes"]), written
            marker = str(entries[-1]["name"])

    def _entries(self, path: str) -> Any:
        page = self._ask("GET", path, missing=True)
        try:
            return [] if page is None or page.status_code == 204 else page.json()  # noqa: PLR2004 - no content
        except ValueError:
            raise CutError("target: a listing is not whole") from None

    def remove(self, name: str) -> None:
        """Remove an object, not its segments; one that is not there is no failure."""
        self._ask("DELETE", self._path(self.container, name), missing=True)

    def say(self, header: str, value: str) -> datetime:
        """Note something on the container; when that was, by the target's clock, to the second."""
        done = self._ask("POST", self._path(self.container), headers={header: value})
        return parsedate_to_datetime(done.headers["Date"])

    def remove_segment(self, name: str) -> None:
        """Remove a segment; one that is not there is no failure."""
        self._ask("DELETE", self._path(self.segments_container, name), missing=True)

    def may_write(self, name: str) -> bool:
        """Whether this identity may write: an empty object is tried, and removed when it was taken."""
        path = self._path(self.segments_container, name)
        try:
            self._ask("PUT", path, data=b"")
        except EndError as error:
            if error.login:
                return False
            raise
        self._ask("DELETE", path, missing=True)
        return True

    def _path(self, *parts: str) -> str:
        return "/" + "/".join(quote(part, safe="/" if at else "") for at, part in enumerate(parts))

    def _ask(self, method: str, path: str, *, missing: bool = False, **more: Any) -> Any:
        try:
            answer = self._store.request(
                path, method, raise_exc=False, connect_retries=0, status_code_retries=0,
                redirect=False, timeout=_SECONDS, **more,
            )  # fmt: skip
        except failures.Unauthorized:
            raise EndError("target: the credential is refused", login=True) from None
        except failures.ClientException as error:
            raise BusyError(f"target: {type(error).__name__}") from None
        except requests.RequestException as error:
            raise BusyError(f"target: {type(error).__name__}") from None
        if answer.status_code < 300:  # noqa: PLR2004 - HTTP
            return answer
        if missing and answer.status_code == 404:  # noqa: PLR2004 - HTTP
            return None
        said = f"target: {answer.status_code} {answer.reason}"
        if answer.status_code in _BUSY:
            raise BusyError(said, retry_after(answer.headers.get("Retry-After")))
        raise EndError(said, login=answer.status_code in (401, 403))


def _login(cloud: str) -> Any:
    try:
        store = openstack.connect(cloud=cloud).object_store
        store.get_endpoint()
    except (openstack.exceptions.SDKException, failures.ClientException) as error:
        if _passing(error):
            raise BusyError(_first(error)) from None
        raise
    return store


def _passing(error: Exception) -> bool:
    """Whether asking again may help: a connection that broke, or an answer that says so."""
    broke = isinstance(error, failures.ConnectionError) and not isinstance(error, failures.SSLError)
    return broke or getattr(error, "http_status", 0) in _BUSY


def _first(error: Exception) -> str:
    return (str(error).splitlines() or ["no message"])[0][:200]


def require(target: Target, container: str) -> None:
    """That a container can be listed; raises FailureError."""
    try:
        next(target.listing(container), None)
    except EndError as error:
        raise FailureError(str(error), target.address, "see the container's rights, then run again") from None


def _small(answer: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _pieces(answer: Any) -> Iterator[bytes]:
    # `raw`: requests would unpack what is stored packed, and another hash would be computed.
    try:
        yield from answer.raw.stream(_PIECE, decode_content=False)
    except Exception as error:
        raise CutError(f"target: broke off ({type(error).__name__})") from None
    finally:
        answer.close()
