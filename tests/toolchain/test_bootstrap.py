"""The bootstrap of a bare machine: which Debian packages it would install, and what it refuses."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.toolchain.machine import ROOT

SCRIPT = ROOT / "toolchain" / "bootstrap.sh"
LISTS = (ROOT / "toolchain" / "packages.txt", ROOT / "localcloud" / "packages.txt")


def bootstrap(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = ["bash", str(SCRIPT), *arguments]
    return subprocess.run(
        command, env=os.environ | env, capture_output=True, text=True, timeout=60, check=False
    )


def listed() -> set[str]:
    lines = (line.strip() for path in LISTS for line in path.read_text().splitlines())
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


def machine_that_has(folder: Path, *packages: str) -> str:
    """A PATH on which dpkg-query knows just these packages as installed."""
    known = "\\n".join(f"ii  {package}" for package in packages)
    # Like the real one, it ends with 1 when it does not know a package that it is asked about.
    (folder / "dpkg-query").write_text(f"#!/bin/sh\nprintf '{known}\\n'\nexit 1\n")
    (folder / "dpkg-query").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_bare_machine_gets_every_listed_package(tmp_path: Path) -> None:
    missing = bootstrap("--missing", PATH=machine_that_has(tmp_path))
    assert missing.returncode == 0, missing.stderr
    assert set(missing.stdout.split()) == listed()
    assert "mariadb-server" in listed()


def test_what_is_there_is_not_installed_again(tmp_path: Path) -> None:
    path = machine_that_has(tmp_path, "git", "haproxy")
    missing = set(bootstrap("--missing", PATH=path).stdout.split())
    assert missing == listed() - {"git", "haproxy"}


@pytest.mark.parametrize(
    ("need", "told"),
    [("SOCLE_NEED_MEMORY_GIB", "socle: memory: "), ("SOCLE_NEED_DISK_GIB", "socle: disk: ")],
)
def test_a_machine_that_is_too_small_is_refused_in_one_line(tmp_path: Path, need: str, told: str) -> None:
    places = {"SOCLE_CACHE": str(tmp_path / "cache"), "SOCLE_STATE": str(tmp_path / "state")}
    refused = bootstrap(**{need: "1000000"}, **places, PATH=machine_that_has(tmp_path))
    assert refused.returncode == 2
    assert refused.stderr.startswith(told)
    assert "1000000 GiB needed; " in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_guard_that_a_killed_installation_left_is_told_from_somebody_elses(tmp_path: Path) -> None:
    text = SCRIPT.read_text()
    functions = text[text.index("ours_stands()") : text.index("# Debian enables")]
    mark = next(line for line in text.splitlines() if line.startswith("guard_mark="))
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_text("#!/bin/sh\n" + mark.split("'")[1] + "\nexit 101\n")
    theirs.write_text("#!/bin/sh\nexit 101\n")
    for guard in (ours, theirs):
        script = f"set -eu\n{mark}\nguard={guard}\n{functions}\nremove_guard"
        subprocess.run(["bash", "-c", script], check=True)
    assert not ours.exists()
    assert theirs.exists()
