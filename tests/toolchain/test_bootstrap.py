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
    (folder / "dpkg-query").write_text(f"#!/bin/sh\nprintf '{known}\\n'\n")
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
    refused = bootstrap(**{need: "1000000"}, **places)
    assert refused.returncode == 2
    assert refused.stderr.startswith(told)
    assert "1000000 GiB needed; " in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
