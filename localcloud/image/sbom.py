"""sbom.cdx.json beside the artefacts: every installed package with version and source, as CycloneDX.

From dpkg's own database: what no list of ours names is in it too. The manifest has its checksum.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

NAME = "sbom.cdx.json"
SPEC = "1.6"
_FIELDS = ("Package", "Version", "Architecture", "source:Package", "source:Version", "db:Status-Status")


def packages(root: Path) -> list[dict[str, str]]:
    """Installed packages of the tree, sorted by name: name, version, architecture, source, source_version."""
    form = "\\t".join(f"${{{field}}}" for field in _FIELDS) + "\\n"
    query = ["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", form]
    lines = subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines()
    names = ("name", "version", "architecture", "source", "source_version")
    rows = (line.split("\t") for line in lines)
    return [dict(zip(names, row, strict=False)) for row in sorted(rows) if row[-1] == "installed"]


def document(found: list[dict[str, str]], key: str, suite: str, made: str) -> dict[str, Any]:
    """The bill of materials of the image `key`; the same packages at the same time give the same text."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{key} {made}')}",
        "version": 1,
        "metadata": {
            "timestamp": made,
            "component": {
                "type": "operating-system",
                "bom-ref": f"image-{key}",
                "name": "socle-debian",
                "version": key,
                "properties": [{"name": "debian:release", "value": suite}],
            },
        },
        "components": [_component(one, suite) for one in found],
    }


def _component(one: dict[str, str], suite: str) -> dict[str, Any]:
    name, version = quote(one["name"], safe=""), quote(one["version"], safe="")
    purl = f"pkg:deb/debian/{name}@{version}?arch={one['architecture']}&distro={suite}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": one["name"],
        "version": one["version"],
        "purl": purl,
        "properties": [
            {"name": "debian:source", "value": one["source"]},
            {"name": "debian:source-version", "value": one["source_version"]},
        ],
    }


def write(root: Path, folder: Path, key: str, suite: str, made: str) -> str:
    """Write the tree's bill of materials into `folder`; returns its SHA-256 in hex."""
    text = json.dumps(document(packages(root), key, suite, made), indent=1, sort_keys=True) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()
