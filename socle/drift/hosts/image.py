"""Which image each server was made from, and what that image's build recorded."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from localcloud.image import sbom, standing
from localcloud.image.errors import ImageError
from localcloud.image.manifest import load
from socle.drift.answers import Unread
from socle.drift.asking import Reader
from socle.drift.hosts.facts import Image
from socle.paths import cache as cache_folder

PROPERTY = "socle_image_key"
FIX = "keep the image's folder of the machine that built it: cloud/image-<key> of the cache"


def images(reader: Reader) -> dict[str, str]:
    """Keys of the servers' images by the servers' names, or why there is none. Two requests at most."""
    servers = list(reader.pages("compute", "/servers/detail", "servers"))
    found: dict[str, str] = {}
    # One that a newer one replaced is hidden.
    for hidden in ("false", "true"):
        listed = reader.pages("image", "/images", "images", {"os_hidden": hidden})
        found |= {str(one["id"]): str(one.get(PROPERTY, "")) for one in listed}
    return {str(one["name"]): found.get(str((one["image"] or {}).get("id", "")), "") for one in servers}


@cache
def recorded(key: str, folder: Path | None = None) -> Image | str:
    """What the build of this image kept, or why that is not known."""
    if not key:
        return f"the server's image says no {PROPERTY}: it is not one that `localcloud.image` built"
    folder = folder or cache_folder() / "cloud" / f"image-{key}"
    try:
        manifest = load(folder)
        bill = _whole(folder / sbom.NAME, manifest.sbom_sha256)
        stands = _whole(folder / standing.NAME, manifest.standing_sha256)
        packages = {one["name"]: one["version"] for one in bill["components"]}
    except (ImageError, OSError, ValueError, KeyError, TypeError) as error:
        return f"what image {key} holds is not known: {error}; {FIX}"
    return Image(key, packages, stands)


def _whole(file: Path, checksum: str) -> dict[str, Any]:
    text = file.read_bytes()
    if hashlib.sha256(text).hexdigest() != checksum:
        raise ValueError(f"{file.name} is not what the manifest says")
    said: dict[str, Any] = json.loads(text)
    return said


def asked(reader: Reader) -> dict[str, str] | str:
    """The same, or why the cloud did not say."""
    try:
        return images(reader)
    except Unread as unread:
        return str(unread)
    except (KeyError, TypeError, AttributeError) as error:
        return f"the cloud's answer on servers and images is not whole ({type(error).__name__}: {error})"
