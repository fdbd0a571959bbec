"""The source as its owner has it: stored access policies narrowed and put back, writers tried, blobs deleted.

Azure's REST API, "Set Container ACL" and "Define a stored access policy": a change may take 30 seconds to be
obeyed. It binds shared access signatures that name a policy; account keys, other signatures and roles it
does not: whoever still writes with those is found by trying, and stopped by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import AccessPolicy, ContainerClient

from socle.errors import FailureError, FindingError, UserError
from socle.migrate.ends import BusyError, ChangedError, EndError
from socle.migrate.job import Job, secret

Policies = dict[str, Any]
PROBE = "socle-may-this-writer-write"
OBEYED_SECONDS = 60.0
"""Azure says 30."""
_READING = frozenset("rlfe")
"""Permissions that change nothing: read, list, filter by tags, execute (a folder's)."""
_NEVER = '"0x0"'
_TOLD = (403, 401)


@dataclass(frozen=True)
class Writer:
    """Somebody who writes at the source, by the name of their credential's file."""

    file: Path
    client: ContainerClient

    def refusal(self) -> str:
        """How a write and a deletion are refused; empty when one of them is allowed. Neither does anything.

        Both bear a condition that no blob meets; who may write is told so (412), who may not is refused
        before (401, 403). Raises FailureError.
        """
        blob = self.client.get_blob_client(PROBE)
        never: dict[str, Any] = {"etag": _NEVER, "match_condition": MatchConditions.IfNotModified}
        attempts: dict[str, Callable[[], Any]] = {
            "Put Blob": lambda: blob.upload_blob(b"", overwrite=True, **never),
            "Delete Blob": lambda: blob.delete_blob(**never),
        }
        said = []
        for what, attempt in attempts.items():
            try:
                attempt()
            except (ResourceModifiedError, ResourceNotFoundError):
                return ""
            except HttpResponseError as error:
                if error.status_code not in _TOLD:
                    raise FailureError(f"writing cannot be tried: {_short(error)}", self.file.name) from None
                said.append(f"{what}: {_short(error)}")
            except AzureError as error:
                raise FailureError(f"writing cannot be tried: {_short(error)}", self.file.name) from None
        return ", ".join(said)


class Owner:
    """Who may set the container's policies and, at the very end, delete."""

    def __init__(self, job: Job) -> None:
        """Take credentials from their files; raises UserError."""
        if job.cutover is None:
            raise UserError("has no `cutover`", job.name, "see docs/en/cutover.md for what it holds")
        self._client = _client(job.cutover.owner_file, job)
        self.writers = tuple(Writer(file, _client(file, job)) for file in job.cutover.writers)

    def policies(self) -> Policies:
        """The container's stored access policies and its public access; raises FailureError."""
        found = self._do("read the access policies", self._client.get_container_access_policy)
        public = found["public_access"]
        return {
            "public_access": str(getattr(public, "value", public)) if public else None,
            "identifiers": {
                one.id: {
                    "permission": one.access_policy and one.access_policy.permission,
                    "start": _moment(one.access_policy and one.access_policy.start),
                    "expiry": _moment(one.access_policy and one.access_policy.expiry),
                }
                for one in found["signed_identifiers"] or []
            },
        }

    def set_policies(self, wanted: Policies) -> None:
        """Replace them all; raises FailureError."""
        signed = {
            name: AccessPolicy(**{key: value or None for key, value in said.items()})
            for name, said in wanted["identifiers"].items()
        }
        public = wanted["public_access"]
        self._do(
            "set the access policies",
            lambda: self._client.set_container_access_policy(signed, public_access=public),
        )

    def refusals(self, *, wanted: bool, patience: float = OBEYED_SECONDS) -> dict[str, str]:
        """How each writer is refused, once all are (or, if not wanted, none is); else as it is in the end."""
        end = time.monotonic() + patience
        while True:
            found = {writer.file.name: writer.refusal() for writer in self.writers}
            if all(bool(said) is wanted for said in found.values()) or time.monotonic() >= end:
                return found
            time.sleep(1)

    def now(self) -> datetime:
        """The source's clock (UTC), to the second; raises FailureError."""
        got: dict[str, str] = {}

        def keep(answer: Any) -> None:
            got.update({name.lower(): value for name, value in answer.http_response.headers.items()})

        self._do(
            "read the container's properties",
            lambda: self._client.get_container_properties(raw_response_hook=keep),
        )
        return parsedate_to_datetime(got["date"]).astimezone(UTC)

    def delete(self, name: str, snapshot: str, etag: str) -> bool:
        """Delete exactly this version; False when it was gone. Raises ChangedError, BusyError, EndError."""
        blob = self._client.get_blob_client(name, snapshot=snapshot or None)
        same: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        try:
            blob.delete_blob(**({} if snapshot else same))  # a snapshot cannot change
        except ResourceNotFoundError:
            return False
        except ResourceModifiedError:
            raise ChangedError("another version is at the source") from None
        except HttpResponseError as error:
            said = f"source: {_short(error)}"
            if (error.status_code or 500) in (429, 500, 502, 503, 504):
                raise BusyError(said) from None
            raise EndError(said, login=error.status_code in _TOLD) from None
        except AzureError as error:
            raise BusyError(f"source: {_short(error)}") from None
        return True

    def _do(self, what: str, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except AzureError as error:
            where = str(self._client.url).partition("?")[0]
            raise FailureError(
                f"the owner's credential cannot {what}: {_short(error)}", where, "see `owner_file`, run again"
            ) from None


def narrowed(policies: Policies) -> Policies:
    """The same without what writes; a policy that leaves permissions to signatures goes. Pure."""
    kept = {}
    for name, said in policies["identifiers"].items():
        permission = "".join(sign for sign in said["permission"] or "" if sign in _READING)
        if permission:
            kept[name] = {**said, "permission": permission}
    return {**policies, "identifiers": kept}


def unlike(found: Policies, *expected: Policies) -> None:
    """FindingError unless the policies are among those expected."""
    if found not in expected:
        names = ", ".join(sorted(found["identifiers"])) or "none"
        raise FindingError(
            f"somebody changed the access policies since (now: {names})",
            "source",
            "set them by hand, run again",
        )


def _client(file: Path, job: Job) -> ContainerClient:
    try:
        return ContainerClient.from_connection_string(
            secret(file), job.source.container, retry_total=2, connection_timeout=60, read_timeout=60
        )
    except (ValueError, KeyError):
        raise UserError("is no connection string of Azure Storage", str(file), "write one into it") from None


def _moment(said: object) -> str | None:
    """As the REST API takes it, whatever the service adds of digits."""
    if not said:
        return None
    found = said if isinstance(said, datetime) else datetime.fromisoformat(str(said))
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _short(error: Exception) -> str:
    code = getattr(error, "error_code", None)
    said = str(getattr(code, "value", code) or type(error).__name__)
    return f"{getattr(error, 'status_code', None) or ''} {said}".strip()
