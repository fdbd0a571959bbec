"""The nightly workflows are what their systems take, by the schemas of these, offline, and by systemd."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from socle.drift.report_files import FILES
from socle.notify.settings import load
from socle.paths import ROOT
from tests.unit.nightly.test_night import NIGHTLY, actions, gitlab

SCHEMAS = {
    "gitlab-ci.yml": "vendor.gitlab-ci",
    "github-workflow.yml": "vendor.github-workflows",
    "forgejo-workflow.yml": "vendor.github-workflows",
}
ACTIONS = ("github-workflow.yml", "forgejo-workflow.yml")
UNITS = ("socle-drift.service", "socle-drift.timer")
EXPOSURE = 20
"""Tenths of systemd's score; it calls a service below 2.0 OK."""
analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")


def fits(path: Path, schema: str) -> bool:
    """By the schema that check-jsonschema carries; YAML 1.2, where `on` is a word."""
    document = YAML(typ="safe", pure=True).load(path)
    return not list(Draft7Validator(get_builtin_schema(schema)).iter_errors(document))


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_a_workflow_fits_the_schema_of_its_system(name: str, schema: str, tmp_path: Path) -> None:
    assert fits(NIGHTLY / name, schema)
    broken = tmp_path / name
    text = (NIGHTLY / name).read_text()
    broken.write_text(text.replace("script:", "scripts:").replace("runs-on:", "run-on:"))
    assert broken.read_text() != text
    assert not fits(broken, schema)


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_are_pinned_to_commits_and_may_only_read(name: str) -> None:
    text = (NIGHTLY / name).read_text()
    used = re.findall(r"uses: (\S+)", text)
    assert len(used) == 2
    assert all(re.search(r"@[0-9a-f]{40}$", it) for it in used)
    document = yaml.safe_load(text)
    assert document["permissions"] == {"contents": "read"}
    assert document["concurrency"]["cancel-in-progress"] is False
    checkout = document["jobs"]["night"]["steps"][0]
    assert checkout["with"]["persist-credentials"] is False
    assert re.search(r'- cron: "\d+ \d+ \* \* \*"', text)


@pytest.mark.parametrize("name", ACTIONS)
def test_artifacts_of_actions_are_kept_in_every_case(name: str) -> None:
    _, job = actions(name)
    kept = job["steps"][-1]
    assert kept["if"] == "always()"
    assert kept["with"]["path"] == "drift-night/"
    assert not any(step.get("continue-on-error") for step in job["steps"])


def test_artifacts_of_gitlab_are_kept_in_every_case() -> None:
    _, job = gitlab()
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["paths"] == ["drift-night/"]
    assert job["artifacts"]["reports"]["junit"].removeprefix("drift-night/") in FILES.values()
    assert not job.get("allow_failure")
    assert job["resource_group"]
    assert "schedule" in job["rules"][0]["if"]


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, speaking of this checkout: systemd wants programs that exist."""
    for name in UNITS:
        text = (NIGHTLY / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace("/opt/socle", str(ROOT)))
    return [tmp_path / name for name in UNITS]


def verified(units: list[Path]) -> str:
    """What systemd has to say against them."""
    argv = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, units)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr) if done.returncode or "socle-drift" in done.stderr else ""


@analyze
def test_systemd_takes_the_units(units: list[Path]) -> None:
    assert verified(units) == ""
    service = units[0]
    service.write_text(service.read_text().replace("Type=oneshot", "Type=onshot"))
    assert "onshot" in verified(units)


@analyze
def test_the_service_is_in_a_cage(units: list[Path]) -> None:
    argv = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", str(units[0])]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    units[0].write_text(
        units[0].read_text().replace("ProtectSystem=strict\n", "").replace("CapabilityBoundingSet=\n", "")
    )
    assert subprocess.run(argv, capture_output=True, check=False).returncode != 0


@analyze
def test_the_timer_asks_for_one_night_a_day() -> None:
    text = (NIGHTLY / "systemd/socle-drift.timer").read_text()
    assert "Persistent=true" in text
    assert "RandomizedDelaySec=" in text
    (calendar,) = re.findall(r"OnCalendar=(.*)", text)
    argv = ["systemd-analyze", "calendar", "--iterations=2", calendar]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    days = re.findall(r"(?:Next elapse|Iter. #2|Iteration #2): \w+ \d+-\d+-(\d+)", done.stdout)
    assert len(set(days)) == 2


def test_the_example_of_notifications_is_a_table_that_is_taken() -> None:
    made = load(NIGHTLY / "notify.yaml")
    assert (len(made.webhooks), len(made.mails), made.clear) == (1, 1, "monday")
