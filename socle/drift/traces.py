"""What a service notes beside a thing of who made it and when it was touched last: never compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_NAMES = {
    "made": ("created_at", "created"),
    "by": ("user_id", "creator_id"),
    "in": ("project_id", "tenant_id", "os-vol-tenant-attr:tenant_id", "owner"),
    "updated": ("updated_at", "updated"),
    "revision": ("revision_number",),
}
"""Ours, and how neutron, nova, cinder, glance and barbican call it in their lists."""


def of(item: Mapping[str, Any]) -> dict[str, str]:
    """Of an item of a list; what the service leaves out is left out here."""
    found = {
        ours: next((item[name] for name in names if item.get(name)), "") for ours, names in _NAMES.items()
    }
    return {ours: str(value) for ours, value in found.items() if value}


def of_headers(said: Mapping[str, str]) -> dict[str, str]:
    """Of a container's or an account's headers, names in small letters."""
    found = {"updated": said.get("last-modified", "")}
    try:
        made = datetime.fromtimestamp(float(said["x-timestamp"]), UTC)
        found["made"] = made.isoformat(timespec="seconds")
    except (KeyError, ValueError, OverflowError, OSError):
        pass
    return {ours: value for ours, value in found.items() if value}
