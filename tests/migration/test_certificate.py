"""A certificate is checked by somebody who has only the page, its folder, the public key and the data."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from socle.migrate import merkle
from socle.paths import ROOT
from tests.migration.desk import Desk

PAGE = ROOT / "docs" / "en" / "migration.md"


def _download(desk: Desk, folder: Path) -> None:
    for name in desk.names():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(desk.store.get(desk.path(name)).content)


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    argv = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_the_pages_own_commands_check_a_certificate_and_find_every_change(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    here = desk(buffer_mib=1 / 16, segment_mib=1 / 8)
    for name in ("a", "with space/é", "back\\slash"):
        here.upload(name, name.encode())
    here.upload("large", os.urandom(200_000))
    here.run("inventory")
    here.run("copy")
    here.run("verify")
    here.run("certify")
    (issued,) = (here.ledger.parent / "certificates").iterdir()
    newcomer = tmp_path / "newcomer"
    shutil.copytree(issued, newcomer)
    shutil.copy(here.ledger.parent.parent / "key" / "key.pub", newcomer)
    _download(here, newcomer / "data")
    signature, data = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    for script, said in ((signature, "Good"), (data, "every object is as certified")):
        done = _run(script, newcomer)
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
    lines = (newcomer / "manifest.jsonl").read_bytes().splitlines()
    certificate = newcomer / "certificate.json"
    assert merkle.root(lines).hex() == json.loads(certificate.read_text())["merkle_root"]

    for harmed, script in (("data/a", data), ("manifest.jsonl", signature), ("certificate.json", signature)):
        file = newcomer / harmed
        before = file.read_bytes()
        file.write_bytes(before.replace(b"a", b"b", 1))
        assert _run(script, newcomer).returncode != 0, harmed
        file.write_bytes(before)


def test_a_reader_that_can_write_certifies_nothing(desk: Callable[..., Desk]) -> None:
    here = desk(target={"cloud": "writer", "reader": "writer", "container": "overwritten"})
    here.target = "overwritten"
    here.store.put("/overwritten")
    here.upload("a", b"1")
    here.run("inventory")
    here.run("copy")
    found = here.said(here.run("verify", ends=3), "migrate-reader")
    assert list(found.values()) == ["an object that it wrote was taken"]
    here.run("certify", ends=3)


def test_bad_input_is_one_line_and_leaves_the_ledger(desk: Callable[..., Desk]) -> None:
    here = desk()
    here.upload("a", b"1")
    here.store.put(here.path("another's"), data=b"x")
    here.run("inventory")
    here.run("copy", ends=2)
    assert "holds other data already" in here.last
    here.store.delete(here.path("another's"))
    here.run("copy")
    secret = here.folder / "source.connection"
    good = secret.read_text()
    secret.write_text(re.sub(r"AccountKey=[^;]{20}", "AccountKey=QUFBQUFBQUFBQUFBQUFB", good))
    here.run("inventory", ends=2)
    assert "the credential is refused or has ended" in here.last
    secret.write_text("nonsense")
    here.run("inventory", ends=2)
    assert "no connection string" in here.last
    secret.write_text(good)
    here.source.delete_container()
    here.run("inventory", ends=2)
    assert "no such container" in here.last
    here.run("verify")
