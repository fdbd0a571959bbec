"""Lists volumes and their copies, images and the key manager's secrets (never a payload)."""

from __future__ import annotations

from typing import Any

from socle.drift import traces
from socle.drift.answers import Unread
from socle.drift.asking import Reader
from socle.drift.thing import Thing, ordered

VOLUMES = "3.64"
"""Of cinder's API: a volume tells the key with which it is encrypted."""
_CINDERS_OWN = {("attached_mode", "rw"), ("readonly", "False")}
"""What cinder itself writes into a volume's metadata when a server takes it."""


def volumes(reader: Reader) -> list[Thing]:
    """Every volume of the project."""
    return [_volume(it) for it in _volumes(reader)]


def _volumes(reader: Reader) -> list[Any]:
    version = reader.version("block_storage", VOLUMES)
    return reader.pages("block_storage", "/volumes/detail", "volumes", version=version)


def _volume(item: Any) -> Thing:
    try:
        said = {key: value for key, value in item["metadata"].items() if (key, value) not in _CINDERS_OWN}
        fields = {
            "name": item["name"],
            "description": item["description"],
            "size": item["size"],
            "volume_type": item["volume_type"],
            "availability_zone": item["availability_zone"],
            "metadata": said,
            "attached_to": ordered(it["server_id"] for it in item["attachments"]),
            "status": item["status"],
            "bootable": str(item["bootable"]).lower() == "true",
            "multiattach": item["multiattach"],
            "snapshot_id": item["snapshot_id"],
            "source_volume_id": item["source_volid"],
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise Unread(f"block-storage: a volume in the answer is not whole ({error})") from None
    return Thing("volume", str(item["id"]), str(item["name"] or ""), fields, traces=traces.of(item))


def copies(reader: Reader, kind: str) -> list[Thing]:
    """Snapshots, backups or offers to hand a volume over; nothing of ours declares any."""
    path, key = {
        "snapshot": ("/snapshots/detail", "snapshots"),
        "backup": ("/backups/detail", "backups"),
        "volume transfer": ("/os-volume-transfer/detail", "transfers"),
    }[kind]
    return [
        Thing(
            kind,
            str(it["id"]),
            str(it.get("name") or ""),
            {"volume_id": it["volume_id"]},
            str(it["volume_id"]),
            traces=traces.of(it),
        )
        for it in reader.pages("block_storage", path, key)
    ]


def images(reader: Reader, project: str) -> list[Thing]:
    """Images that the project owns, hidden ones too, each with whom it is shared with."""
    found = []
    # Two questions that differ: glance takes `os_hidden` for false where it is not said, and knows no "both".
    for hidden in ("false", "true"):
        asked = {"owner": project, "os_hidden": hidden}
        found += list(reader.pages("image", "/images", "images", asked))
    return [_image(reader, it) for it in found]


def _image(reader: Reader, item: Any) -> Thing:
    number, visibility = str(item["id"]), str(item["visibility"])
    members = []
    if visibility == "shared":
        answer = reader.get("image", f"/images/{number}/members", sort="item")
        members = ordered(f"{it['member_id']} {it['status']}" for it in answer["members"])
    fields = {
        "name": item.get("name"),
        "visibility": visibility,
        "members": members,
        "hidden": item.get("os_hidden", False),
        "protected": item.get("protected", False),
    }
    return Thing("image", number, str(item.get("name") or ""), fields, traces=traces.of(item))


def secrets(reader: Reader, keys: frozenset[str]) -> list[Thing]:
    """Metadata and rights of the key manager's secrets. `keys`: ids of those that encrypt volumes of ours."""
    found = []
    for it in reader.pages(
        "key_manager",
        "/secrets",
        "secrets",
        by="offset",
        marker=lambda one: str(one["secret_ref"]),
    ):
        number = str(it["secret_ref"]).rstrip("/").rpartition("/")[2]
        rights = reader.get("key_manager", f"/secrets/{number}/acl", sort="item").get("read", {})
        fields = {
            "users": ordered(rights.get("users") or ()),
            "project_access": rights.get("project-access", True),
            "type": it.get("secret_type"),
        }
        guest = "the key of a volume" if number in keys else ""
        name = str(it.get("name") or "")
        found.append(Thing("secret", number, name, fields, guest=guest, traces=traces.of(it)))
    return found


def volume_keys(reader: Reader) -> frozenset[str]:
    """Ids of the secrets that encrypt volumes; Unread when cinder does not tell them."""
    encrypted = [it for it in _volumes(reader) if it.get("encrypted")]
    keys = frozenset(str(it["encryption_key_id"]) for it in encrypted if it.get("encryption_key_id"))
    if encrypted and not keys:
        raise Unread("block-storage: volumes are encrypted, and with which keys is not shown to us")
    return keys
