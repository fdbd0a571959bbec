"""The night's script, with a stand-in for `socle` on PATH: what it ends with, and what it leaves to read."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from socle.drift.report_files import FILES
from socle.paths import ROOT

NIGHTLY = ROOT / "nightly"
# Notes how it was called, writes what the real one would, and ends with the code that the test asks for.
SOCLE = """#!/bin/bash
echo "$*" >>"$CALLS"
case "$*" in
"drift diff"*) echo tonight >"${@: -1}"; exit 3 ;;
"drift verify"*) echo '{}'; exit "$VERIFY" ;;
*) [[ "$SCAN" = [034] ]] && echo tonight >"$3/drift.json"; echo scanned; exit "$SCAN" ;;
esac
"""
MAKE = '#!/bin/bash\necho "make $*" >>"$CALLS"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without an environment of its own, so that the stand-ins on PATH are what runs."""
    folder = tmp_path / "checkout"
    shutil.copytree(NIGHTLY, folder / "nightly")
    (tmp_path / "bin").mkdir()
    for name, text in (("socle", SOCLE), ("make", MAKE)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return folder


def run(
    checkout: Path, script: str, scan: int = 0, verify: int = 0, **more: str
) -> subprocess.CompletedProcess[str]:
    """A block of a workflow, as its runner starts it."""
    there = checkout.parent
    child = {
        "PATH": f"{there / 'bin'}:{os.environ['PATH']}",
        "CALLS": str(there / "calls"),
        "SCAN": str(scan),
        "VERIFY": str(verify),
        **more,
    }
    argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(argv, cwd=checkout, env=child, capture_output=True, text=True, check=False)


def calls(checkout: Path) -> list[str]:
    return (checkout.parent / "calls").read_text().splitlines()


def gitlab() -> tuple[str, dict[str, Any]]:
    job = yaml.safe_load((NIGHTLY / "gitlab-ci.yml").read_text())["socle-drift"]
    return "\n".join(job["script"]), job


def actions(name: str) -> tuple[str, dict[str, Any]]:
    job = yaml.safe_load((NIGHTLY / name).read_text())["jobs"]["night"]
    return "\n".join(step["run"] for step in job["steps"] if "run" in step), job


SCRIPTS = {
    "gitlab": gitlab()[0],
    "github": actions("github-workflow.yml")[0],
    "forgejo": actions("forgejo-workflow.yml")[0],
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize(
    ("scan", "verify", "ended"),
    [(0, 0, 0), (3, 0, 3), (4, 0, 4), (0, 3, 3), (2, 3, 3), (4, 2, 2), (1, 4, 1), (137, 0, 1), (3, 127, 3)],
)
def test_a_night_fails_its_job_and_leaves_what_there_is_to_read(
    checkout: Path, script: str, scan: int, verify: int, ended: int
) -> None:
    done = run(checkout, script, scan, verify)
    assert done.returncode == ended
    left = {it.name for it in (checkout / "drift-night").iterdir()}
    assert left >= {"night.log", "verify.json"}
    assert ("drift.json" in left) == ("diff.md" in left) == (scan in (0, 3, 4))
    said = (checkout / "drift-night/night.log").read_text()
    assert f"socle drift ended with {scan}, socle drift verify with {verify}" in said
    assert calls(checkout)[0] == "make deps"


def test_nothing_that_an_earlier_night_left_is_taken_for_tonights(checkout: Path) -> None:
    folder = checkout / "drift-night"
    folder.mkdir()
    for name in (*FILES.values(), "diff.md"):
        (folder / name).write_text("last night")
    assert run(checkout, "nightly/run.sh drift-night", 2).returncode == 2
    assert {it.name for it in folder.iterdir()} == {"night.log", "verify.json"}


def test_who_is_to_be_told_is_said_to_both(checkout: Path) -> None:
    run(checkout, "nightly/run.sh out --only cloud", SOCLE_NOTIFY="/etc/my notify.yaml")
    scan, diff, verify = calls(checkout)
    assert scan == "drift --reports out --notify /etc/my notify.yaml --only cloud"
    assert diff == "drift diff --format markdown --output out/diff.md"
    assert verify == "drift verify --format json --notify /etc/my notify.yaml"


def test_a_checkout_without_socle_is_a_failure(checkout: Path) -> None:
    (checkout.parent / "bin/socle").unlink()
    assert run(checkout, "nightly/run.sh out").returncode == 1
    assert run(checkout, "nightly/run.sh").returncode != 0


def test_what_is_left_is_readable_by_its_owner_alone(checkout: Path) -> None:
    run(checkout, "nightly/run.sh out", 3)
    for path in [checkout / "out", *(checkout / "out").iterdir()]:
        assert path.stat().st_mode & 0o077 == 0
