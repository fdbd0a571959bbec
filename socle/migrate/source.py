"""The source: a container of Azure Blob Storage, listed and read, never written."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobPrefix, ContainerClient

from socle.errors import FailureError, UserError
from socle.migrate.again import insist
from socle.migrate.ends import BusyError, ChangedError, CutError, EndError, retry_after
from socle.migrate.job import PIECE, Job, connection
from socle.migrate.meter import Meter
from socle.migrate.partitions import DELIMITER, Partition, Shape

# The SDK calls an answer that was cut critical; without a handler that is a line on stderr beside ours.
logging.getLogger("azure").addHandler(logging.NullHandler())
_SECONDS = 60
_WITH = ["metadata", "tags", "snapshots"]
_LOGIN = (401, 403)
_BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Blob:
    """One line of the listing. `modified` is ISO 8601 in UTC, `md5` hex or absent, `size` in bytes."""

    name: str
    snapshot: str
    size: int
    etag: str
    modified: str
    md5: str | None
    type: str
    tier: str
    content: dict[str, str | None]
    metadata: dict[str, str]
    tags: dict[str, str]

    @property
    def archived(self) -> bool:
        """Whether it must be rehydrated before it can be read."""
        return self.tier == "Archive"


class Source:
    """A container to read from; may be used by several threads."""

    def __init__(self, job: Job) -> None:
        """Take the credential from its file; raises UserError."""
        try:
            self._client = ContainerClient.from_connection_string(
                connection(job),
                job.source.container,
                retry_total=0,  # the pace of all workers decides, not each one's
                connection_timeout=_SECONDS,
                read_timeout=_SECONDS,
                max_single_get_size=PIECE,
                max_chunk_get_size=PIECE,
            )
        except (ValueError, KeyError):
            raise UserError(
                "is no connection string of Azure Storage",
                str(job.source.connection_file),
                "it reads BlobEndpoint=…;SharedAccessSignature=… or AccountName=…;AccountKey=…",
            ) from None
        self.address = str(self._client.url).partition("?")[0]
        self._meter = Meter(job.bandwidth)

    def check(self) -> None:
        """That it is there and may be read; raises UserError."""
        try:
            insist(self._first)
        except ChangedError:
            raise UserError("no such container", self.address, "name one that is there") from None
        except EndError as error:
            if error.login:
                raise UserError(
                    "the credential is refused or has ended",
                    self.address,
                    "write a fresh connection string and run again: what was done stays done",
                ) from None
            raise FailureError(f"cannot be read: {error}", self.address, "run again") from None

    def _first(self) -> None:
        with _said():
            next(iter(self._client.list_blob_names(results_per_page=1)), None)

    def below(self, prefix: str) -> list[str]:
        """The prefixes one level down."""
        with _said():
            entries = self._client.walk_blobs(prefix, delimiter=DELIMITER)
            return [str(entry.name) for entry in entries if isinstance(entry, BlobPrefix)]

    def page(self, partition: Partition, marker: str) -> tuple[list[Blob], str]:
        """A page of what a partition holds, and the marker of the next, empty at its end; raises EndError."""
        with _said():
            found: Any
            if partition.shape is Shape.LEVEL:
                found = self._client.walk_blobs(partition.prefix, include=_WITH, delimiter=DELIMITER)
            else:
                found = self._client.list_blobs(name_starts_with=partition.prefix, include=_WITH)
            pages = found.by_page(continuation_token=marker or None)
            blobs = [_blob(entry) for entry in next(pages, ()) if not isinstance(entry, BlobPrefix)]
            return blobs, str(pages.continuation_token or "")

    def read(self, name: str, snapshot: str, etag: str) -> Iterator[bytes]:
        """The bytes of exactly the version that was listed, in pieces.

        Raises ChangedError when there is another or none by now, BusyError, EndError.
        """
        blob = self._client.get_blob_client(name, snapshot=snapshot or None)
        with _said():
            condition: dict[str, Any] = (
                {} if snapshot else {"etag": etag, "match_condition": MatchConditions.IfNotModified}
            )
            reading = blob.download_blob(max_concurrency=1, decompress=False, **condition)
            yield from self._meter.passing(reading.chunks())


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except ResourceModifiedError:
        raise ChangedError("changed or removed at the source since it was listed") from None
    except ResourceNotFoundError:
        raise ChangedError("no longer at the source") from None
    except HttpResponseError as error:
        said = f"source: {_short(error)}"
        if error.status_code is None or error.status_code in _BUSY or error.status_code < 300:  # noqa: PLR2004 - HTTP
            headers = getattr(error.response, "headers", {})
            raise BusyError(said, retry_after(headers.get("Retry-After"))) from None
        raise EndError(said, login=error.status_code in _LOGIN) from None
    except AzureError as error:  # reset, cut short, timed out
        raise BusyError(f"source: {_short(error)}") from None
    except UnicodeDecodeError:  # a listing that ends within a letter: the SDK does not foresee it
        raise CutError("source: a listing is not whole") from None


def _short(error: Exception) -> str:
    code = getattr(error, "error_code", None)
    code = getattr(code, "value", code)
    status = getattr(error, "status_code", None) or type(error).__name__
    first = str(code or getattr(error, "reason", None) or error).strip().splitlines()
    return f"{status} {first[0][:160] if first else ''}".strip()


def _blob(entry: Any) -> Blob:
    settings = entry.content_settings
    digest = settings.content_md5
    return Blob(
        name=entry.name,
        snapshot=entry.snapshot or "",
        size=entry.size,
        etag=f'"{entry.etag.strip(chr(34))}"',
        modified=entry.last_modified.isoformat(),
        md5=(base64.b64decode(digest) if isinstance(digest, str) else bytes(digest)).hex()
        if digest
        else None,
        type=str(getattr(entry.blob_type, "value", entry.blob_type)),
        tier=str(getattr(entry.blob_tier, "value", entry.blob_tier) or ""),
        content={
            "content-type": settings.content_type,
            "content-encoding": settings.content_encoding,
            "content-disposition": settings.content_disposition,
            "content-language": settings.content_language,
            "cache-control": settings.cache_control,
        },
        metadata=dict(entry.metadata or {}),
        tags=dict(entry.tags or {}),
    )
