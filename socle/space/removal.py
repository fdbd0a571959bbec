"""How copies of a space's volumes are deleted and its containers emptied, for erasure.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from socle.errors import FailureError
from socle.space.left import Left

PAGE = 1000
"""Objects asked for at once."""
PATIENCE = 300
"""Seconds that a copy may take to be deleted."""
STUCK = "error_deleting"
"""Cinder's word for what could not be deleted, as where a store keeps objects until a day."""

GOING = "deleting"
"""What is on its way already, since an erasure that was killed: asked for again, cinder would refuse."""


def remove_copies(cloud: Any, found: Sequence[Left], say: Callable[[str], None]) -> dict[str, str]:
    """Delete the space's snapshots and backups; returns by id why a backup is one that the provider keeps.

    FailureError for what cannot be deleted just now, and for a snapshot that is kept: its volume is too.
    """
    api, kept = cloud.block_storage, {}
    for one in found:
        if one.kind == "snapshot":
            why = _delete(api, one, api.get_snapshot, api.delete_snapshot)
            if why:
                raise FailureError(f"{one} is not deleted: {why}", fix="ask the provider to delete it")
        elif one.kind == "backup":
            why = _delete(api, one, api.get_backup, api.delete_backup)
            if why:
                kept[one.id] = why
                say(f"{one} is kept by the provider ({why}): unreadable")
                continue
        else:
            continue
        say(f"{one} is deleted")
    return kept


def _delete(api: Any, one: Left, get: Callable[[str], Any], delete: Callable[[Any], None]) -> str:
    """Why it stays; empty when it is gone."""
    from openstack import exceptions

    try:
        copy = get(one.id)
        if copy.status == STUCK:
            return _why(copy)
        if copy.status != GOING:
            delete(copy)
        api.wait_for_status(copy, "deleted", failures=[STUCK], wait=PATIENCE)
    except exceptions.NotFoundException:
        return ""
    except exceptions.ForbiddenException as error:
        return _line(error)
    except exceptions.ResourceFailure:
        return _why(get(one.id))
    except exceptions.SDKException as error:
        raise FailureError(
            f"{one} is not deleted yet: {_line(error)}", fix="say the same command again"
        ) from error
    return ""


def _why(copy: Any) -> str:
    return " ".join(str(getattr(copy, "fail_reason", None) or STUCK).split())


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def empty(cloud: Any, container: str) -> None:
    """Delete every object of a container with all its versions; nothing to do when it is not there."""
    api = cloud.object_store
    while True:
        listed = api.get(f"/{container}", params={"format": "json", "versions": "true", "limit": PAGE})
        entries = listed.json() if listed.status_code == 200 else []  # noqa: PLR2004 - HTTP's own
        if not entries:
            return
        for entry in entries:
            version = {"version-id": entry["version_id"]} if entry.get("version_id") else {}
            api.delete(f"/{container}/{quote(entry['name'])}", params=version)
