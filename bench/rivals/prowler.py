"""Prowler: one scan of a live cloud that holds every case it has eyes for, then all of it is removed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from bench.rivals import tools
from bench.rivals.findings import Scan, mapped
from bench.rivals.live import project, shown
from bench.rivals.live.project import Home
from bench.rivals.seeds import cases, load, names
from socle.env import Environment
from socle.errors import FailureError
from socle.local.run import signals_as_interrupt

ENTRY = "rivals"
SERVICES = "lib/python3*/site-packages/prowler/providers/openstack/services/*/"


def scan(here: Environment, say: Callable[[str], None]) -> Scan:
    """Make all, look once, remove all, also after a failure. FailureError when either failed."""
    program = tools.obtain("prowler") / "prowler"
    reads = services(program.parents[1])
    with signals_as_interrupt():
        if left := project.find(here):
            say("an earlier run left its project; what is in it goes first")
        home = project.make(here, say)
        try:
            if left:
                shown.remove(home.cloud, home.project, say)
            not_made = shown.make(home, cases(load()), reads, say)
            found = look(program, home)
        finally:
            clean(here, home, say)
    # A half of a case tells nothing.
    kept = frozenset(one for one in found.findings if one.case not in not_made)
    return replace(found, findings=kept, not_made=not_made)


def clean(here: Environment, home: Home, say: Callable[[str], None]) -> None:
    """Remove what is in the project, then the project."""
    shown.remove(home.cloud, home.project, say)
    project.remove(here, home.project, say)


def services(environment: Path) -> frozenset[str]:
    """What Prowler's OpenStack provider has checks for, read from what is installed."""
    return frozenset(place.name for place in environment.glob(SERVICES) if not place.name.startswith("_"))


def look(program: Path, home: Home) -> Scan:
    """One scan, as the user of the project: Prowler takes no application credential."""
    with tempfile.TemporaryDirectory(prefix="socle-bench-") as place:
        folder = Path(place)
        clouds = folder / "clouds.yaml"
        # The password is in a file that only its owner reads, never in an argument.
        with os.fdopen(os.open(clouds, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            yaml.safe_dump({"clouds": {ENTRY: home.login}}, file)
        version = tools.run([str(program.parent / "python"), "-c", _VERSION], (0,), folder).stdout.strip()
        argv = [str(program), "openstack", "--clouds-yaml-file", str(clouds), "--clouds-yaml-cloud", ENTRY]
        argv += ["-M", "json-ocsf", "-o", str(folder), "-F", "said", "--no-banner", "--no-color", "-z"]
        # It hands no certificate authority on to the SDK; requests reads this one.
        tools.run(argv, (0,), folder, REQUESTS_CA_BUNDLE=str(home.login["cacert"]))
        report = folder / "said.ocsf.json"
        if not report.exists():
            raise FailureError("Prowler ended well and wrote no report", "Prowler")
        return read(json.loads(report.read_text(encoding="utf-8")), version)


def read(said: list[dict[str, Any]], version: str) -> Scan:
    """A report in OCSF, and what it is about. FailureError when a check could not be carried out."""
    if manual := [one for one in said if one["status_code"] == "MANUAL"]:
        check = manual[0]["metadata"]["event_code"]
        raise FailureError(f"{check} was not carried out: {manual[0]['status_detail']}", "Prowler")
    found, elsewhere = mapped(_failed(said), names(load()))
    return Scan(version, found, elsewhere=elsewhere)


def _failed(said: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in said:
        if one["status_code"] == "FAIL":
            yield one["resources"][0]["name"], one["metadata"]["event_code"]


_VERSION = "from importlib.metadata import version; print(version('prowler'))"
