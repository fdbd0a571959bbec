"""The bill of materials: what dpkg says, whole, and the same text for the same packages."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from localcloud.image import sbom

STATUS = """Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.37-2+b1
Source: bash (5.2.37-2)
Description: shell
Maintainer: m

Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.41-12
Description: library
Maintainer: m

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1~rc1
Description: removed
Maintainer: m
"""


def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "var/lib/dpkg"
    (folder / "info").mkdir(parents=True)
    (folder / "status").write_text(STATUS)
    return tmp_path


def test_every_installed_package_is_there_with_its_source(tmp_path: Path) -> None:
    found = sbom.packages(tree(tmp_path))
    assert [(one["name"], one["source"], one["source_version"]) for one in found] == [
        ("bash", "bash", "5.2.37-2"),
        ("libc6", "glibc", "2.41-12"),
    ]


def test_the_checksum_is_of_what_was_written_and_does_not_wander(tmp_path: Path) -> None:
    root = tree(tmp_path)
    first = sbom.write(root, tmp_path, "abc", "trixie", "2026-11-25T00:00:00+00:00")
    text = (tmp_path / sbom.NAME).read_text()
    assert first == hashlib.sha256(text.encode()).hexdigest()
    assert sbom.write(root, tmp_path, "abc", "trixie", "2026-11-25T00:00:00+00:00") == first
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["components"][0]["purl"] == "pkg:deb/debian/bash@5.2.37-2%2Bb1?arch=amd64&distro=trixie"
