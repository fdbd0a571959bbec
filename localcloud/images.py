"""Brings the guest image into glance: by checksum, once; a changed image hides the one before it."""

import hashlib
from pathlib import Path
from typing import Any

from localcloud import client, model
from localcloud.errors import CloudError
from localcloud.runner import Runner

NAME = "socle-debian-13"


def _sha512(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha512").hexdigest()


def ensure(runner: Runner) -> None:
    """Build the image and upload it, each when missing; glance's own hash is verified."""
    from localcloud.image import build

    artifact = build.ensure(model.cache_root(), emulated=runner.values["virt_type"] != "kvm")
    api = client.connect(client.admin(runner.cloud)).image
    present = [entry for entry in api.images(name=NAME) if entry.status == "active"]
    if any(
        entry.properties.get("socle_sha256") == artifact.sha256 and not entry.is_hidden for entry in present
    ):
        return
    runner.progress(f"uploading {NAME} ({artifact.path.stat().st_size // 2**20} MiB)")
    made = _upload(api, artifact)
    if made.hash_algo != "sha512" or made.hash_value != _sha512(artifact.path):
        api.delete_image(made)
        raise CloudError(f"glance's hash of {NAME} differs from the file's: the upload was deleted")
    api.update_image(made, visibility="public")
    for old in present:
        api.update_image(old, is_hidden=True)
    runner.cloud.record(image_sha256=artifact.sha256)


def _upload(api: Any, artifact: Any) -> Any:
    """Create and fill an image that nobody sees until its hash is verified."""
    for half in api.images(name=NAME, status="queued"):
        api.delete_image(half)
    made = api.create_image(
        name=NAME,
        allow_duplicates=True,
        disk_format=artifact.disk_format,
        container_format="bare",
        visibility="private",
        **(artifact.properties | {"socle_sha256": artifact.sha256}),
    )
    with artifact.path.open("rb") as file:
        made.data = file
        made.upload(api)
    return api.get_image(made.id)
