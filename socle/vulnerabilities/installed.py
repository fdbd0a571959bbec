"""Which source packages are installed: by a bill of materials, or by a live host's dpkg."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from socle.errors import UserError
from socle.hosts.pins import Pin
from socle.hosts.ssh import command
from socle.vulnerabilities.tracker import Package

QUERY = "dpkg-query -W -f '${db:Status-Status}\\t${source:Package}\\t${source:Version}\\n'"
SECONDS = 120


class UnreadableError(Exception):
    """A host did not answer: why."""


def of_sbom(path: Path) -> list[Package]:
    """Source packages of a CycloneDX bill that the image's build wrote; UserError when it is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        rows = [
            {one["name"]: one["value"] for one in component["properties"]}
            for component in document["components"]
        ]
        found = [Package(row["debian:source"], row["debian:source-version"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"is no bill of materials of the image ({type(error).__name__}: {error})"
        raise UserError(what, str(path), "give sbom.cdx.json from the image's folder") from None
    if not found:
        raise UserError("names no package", str(path), "build the image again")
    return sorted({*found})


def of_host(pins: Mapping[str, Pin], host: str, env: Mapping[str, str]) -> list[Package]:
    """Source packages of a live host by its own dpkg; UnreadableError when it does not say."""
    try:
        done = subprocess.run(
            command(pins, host, [QUERY]),
            env=dict(env),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreadableError(str(error)) from None
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    found = {Package(row[1], row[2]) for row in rows if len(row) == 3 and row[0] == "installed"}  # noqa: PLR2004
    # Every host has dpkg itself: a list without it is cut off.
    if done.returncode or "dpkg" not in {one.source for one in found}:
        said = (done.stderr or "its list of packages is cut off").strip().splitlines()
        raise UnreadableError(said[-1][:200])
    return sorted(found)
