"""Checkov: every case as HCL, one scan of all, without an account and without the network."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.rivals import hcl, tools
from bench.rivals.findings import Scan, mapped
from bench.rivals.seeds import ENVIRONMENT, cases, load, names
from socle.errors import FailureError

RAN = (0, 1)
"""Exit codes: nothing was found, something was."""
QUIET = {"LOG_LEVEL": "WARNING", "CHECKOV_RUN_SCA_PACKAGE_SCAN": "false", "BC_SKIP_MAPPING": "TRUE"}


def scan() -> Scan:
    """All its frameworks, so that its search for secrets counts too. FailureError when a file is not read."""
    program = tools.obtain("checkov") / "checkov"
    with tempfile.TemporaryDirectory(prefix="socle-bench-") as place:
        folder = Path(place)
        for case in cases(load()):
            hcl.write(case, folder / "cases")
        argv = [str(program), "-d", "cases", "-o", "json", "--skip-download", "--quiet"]
        done = tools.run(argv, RAN, folder, **QUIET)
        return read(json.loads(done.stdout), folder / "cases")


def read(said: Any, folder: Path) -> Scan:
    """A report, and what it is about. FailureError when Checkov could not parse what it was given."""
    reports = said if isinstance(said, list) else [said]
    for report in reports:
        if unread := report["summary"]["parsing_errors"]:
            raise FailureError(f"Checkov could not read {unread} files", report["check_type"])
    files = {path.parent.name: _lines(path) for path in folder.glob("*/main.tf")}
    found, elsewhere = mapped(_named(reports, files), names(load()))
    return Scan(str(reports[0]["summary"]["checkov_version"]), found, elsewhere=elsewhere)


def _named(reports: list[Any], files: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """By file and line: a secret's own name is a hash, and the provider's is nobody's."""
    for report in reports:
        for one in report["results"]["failed_checks"]:
            case = Path(one["file_path"]).parent.name
            yield files[case][one["file_line_range"][0] - 1], one["check_id"]


def _lines(path: Path) -> list[str]:
    """For each line of a file the name of the thing that it belongs to."""
    found, here = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("resource "):
            here = line.split('"')[3]
        elif line.startswith("provider "):
            here = f"{ENVIRONMENT}-{path.parent.name}-provider"
        found.append(here)
    return found
