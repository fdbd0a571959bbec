"""What tests of migrations stand on is pinned, and installed only when it is asked for."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from socle.paths import ROOT


def test_every_package_of_azurite_is_pinned_by_a_hash_and_no_host_is_named() -> None:
    text = (ROOT / "toolchain" / "azurite" / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: said for name, said in json.loads(text)["packages"].items() if name}
    assert len(packages) > 100
    assert [
        name for name, said in packages.items() if not said.get("integrity", "").startswith("sha512-")
    ] == []
    assert '"resolved"' not in text


def test_to_ask_where_it_is_installs_nothing(tmp_path: Path) -> None:
    argv = ["/usr/bin/python3", str(ROOT / "toolchain" / "azurite.py"), "--json"]
    env = {**os.environ, "SOCLE_CACHE": str(tmp_path)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "socle: Azurite is not installed yet; run `python3 toolchain/azurite.py` first\n"
    assert list(tmp_path.rglob("*")) == []


def test_to_ask_where_rclone_is_fetches_nothing(tmp_path: Path) -> None:
    argv = ["/usr/bin/python3", str(ROOT / "toolchain" / "rclone.py"), "--json"]
    env = {**os.environ, "SOCLE_CACHE": str(tmp_path)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "socle: rclone is not fetched yet; run `python3 toolchain/rclone.py` first\n"
    assert list(tmp_path.rglob("*")) == []
