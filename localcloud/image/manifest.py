"""manifest.json beside the artefacts: what they are, what is in them, and what they were made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from localcloud.image.errors import ImageError

NAME = "manifest.json"
VERSION = 4


@dataclass(frozen=True)
class Variant:
    """One artefact: file name in the manifest's folder, size in bytes, checksums and kernel arguments.

    `seal_sha256` is that of the database in it by which a host's files are checked (seal.py).
    """

    file: str
    size: int
    sha256: str
    disk_format: str
    kernel_arguments: str
    seal_sha256: str


@dataclass(frozen=True)
class Manifest:
    """All that is known about one build; `packages` lists every installed package with its version.

    `sbom_sha256` is the checksum of the bill of materials beside it (sbom.py), `standing_sha256` that of what
    the tree lets in and runs by itself (standing.py).
    """

    key: str
    suite: str
    built_at: str
    keyring: str
    inputs: dict[str, str]
    packages: dict[str, str]
    sbom_sha256: str
    standing_sha256: str
    variants: dict[str, Variant]
    version: int = field(default=VERSION)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(manifest: Manifest, folder: Path) -> None:
    """Write the manifest into `folder`, keys sorted."""
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> Manifest:
    """Read the manifest of `folder`. Raises ImageError when it is missing, broken or of another version."""
    path = folder / NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("version") != VERSION:
            raise ImageError(f"{path}: version {data.get('version')}, expected {VERSION}: delete {folder}")
        data["variants"] = {name: Variant(**value) for name, value in data["variants"].items()}
        return Manifest(**data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise ImageError(f"{path} is unreadable ({problem}): delete {folder} and build again") from problem


def verify(folder: Path, variant: Variant) -> Path:
    """The artefact's path, once its size and checksum match the manifest; raises ImageError otherwise."""
    path = folder / variant.file
    if not path.exists() or path.stat().st_size != variant.size or digest(path) != variant.sha256:
        raise ImageError(f"{path} is not what {NAME} says: delete {folder} and build again")
    return path
