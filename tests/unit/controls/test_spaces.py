"""The check of a space's credential on its workstation, on answers made by hand; its probe on real files."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from socle.records import Verdict
from tests.hosts.catalogue import controls
from tests.hosts.checks import Host, State
from tests.hosts.collector import spaces
from tests.hosts.judge import judge

CONTROL = next(one for one in controls() if one.id == "SOC-OBJ-01")
HOST = Host(
    "local-alpha-desk",
    "",
    22,
    "automation",
    "",
    ("always", "space_access"),
    sealed=("/srv/work",),
    space="alpha",
    objects={"credentials": {"alpha": ["a", "b"], "beta": ["c"]}},
)
SEAL = "CRYPT-LUKS2"
FOLDER = {"owner": "root", "mode": "711", "kind": "folder", "seal": SEAL}
FILE = {"owner": "automation", "mode": "600", "kind": "file", "seal": SEAL}
MINE = {"automation": FOLDER, "automation/objects.json": FILE, "automation/clouds.yaml": FILE}
GOOD = {"files": MINE, "ids": ["a", "b"], "elsewhere": [], "link": "/srv/work/.socle"}


def verdict(value: Any, **host: Any) -> Verdict:
    asked = Host(**{**HOST.__dict__, **host})
    return judge(CONTROL, asked, State({"space_access": {"value": value}})).verdict


def changed(path: str, **said: str) -> dict[str, Any]:
    return {**GOOD, "files": {**MINE, path: {**MINE[path], **said}}}


def without(path: str) -> dict[str, Any]:
    return {**GOOD, "files": {key: value for key, value in MINE.items() if key != path}}


def test_what_is_as_declared_passes() -> None:
    assert verdict(GOOD) is Verdict.PASS
    people = {f"ada{path.removeprefix('automation')}": said for path, said in MINE.items()}
    people = {
        path: {**said, "owner": said["owner"].replace("automation", "ada")} for path, said in people.items()
    }
    assert verdict({**GOOD, "files": people}, people=("ada",)) is Verdict.PASS
    keys = {path: said for path, said in MINE.items() if not path.endswith("clouds.yaml")}
    nobody: dict[str, Any] = {"credentials": {"alpha": []}}
    assert verdict({**GOOD, "files": keys, "ids": []}, objects=nobody) is Verdict.PASS


@pytest.mark.parametrize(
    "value",
    [
        {**GOOD, "files": {}},
        *(without(path) for path in MINE),
        {**GOOD, "files": {**MINE, "ada": FOLDER}},
        {**GOOD, "files": {**MINE, "automation/old.yaml": FILE}},
        changed("automation/clouds.yaml", mode="640"),
        changed("automation/clouds.yaml", owner="root"),
        changed("automation/clouds.yaml", kind="other"),
        changed("automation/objects.json", seal=""),
        changed("automation", owner="automation"),
        changed("automation", mode="755"),
        {**GOOD, "ids": ["a", "c"]},
        {**GOOD, "elsewhere": ["/root/copy"]},
        {**GOOD, "link": "/root/copy"},
        {**GOOD, "link": ""},
    ],
)
def test_what_differs_fails(value: dict[str, Any]) -> None:
    assert verdict(value) is Verdict.FAIL


def test_who_could_not_be_read_proves_nothing() -> None:
    error = State({"space_access": {"error": "OSError: x"}})
    assert judge(CONTROL, HOST, error).verdict is Verdict.UNPROVEN


@pytest.fixture
def volume() -> Iterator[Path]:
    """On another device than the rest, as the sealed volume is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def test_the_probe_finds_a_copy_and_tells_no_secret(
    tmp_path: Path, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    (volume / ".socle/ada").mkdir(parents=True)
    root.mkdir()
    entry = {
        "auth": {"application_credential_id": "a", "application_credential_secret": "s3cret-nobody-sees"}
    }
    (volume / ".socle/ada/clouds.yaml").write_text(json.dumps({"clouds": {"x": entry}}))
    keys = {"origin": "0rigin-nobody-sees", "identities": ["AGE-SECRET-KEY-1NEW", "AGE-SECRET-KEY-1OLD"]}
    (volume / ".socle/ada/objects.json").write_text(json.dumps(keys))
    (root / "log").write_text(f"invoked with {keys['identities'][0]}")
    (root / "other").write_text("nothing")
    os.mkfifo(root / "pipe")
    (tmp_path / "link").symlink_to("/srv/work/.socle")
    monkeypatch.setattr(
        spaces, "ELSEWHERE", (str(root), str(volume.parent / volume.name), str(tmp_path / "missing"))
    )
    monkeypatch.setattr(spaces, "LINK", tmp_path / "link")
    found = spaces.space_access({"sealed": [str(volume)]})
    assert found["elsewhere"] == [str(root / "log")]
    assert (found["ids"], found["link"]) == (["a"], "/srv/work/.socle")
    assert set(found["files"]) == {"ada", "ada/clouds.yaml", "ada/objects.json"}
    assert found["files"]["ada/clouds.yaml"]["seal"] == ""
    said = json.dumps(found)
    assert not [text for text in ("s3cret", "0rigin", "AGE-SECRET") if text in said]
    (root / "log").unlink()
    assert spaces.space_access({"sealed": [str(volume)]})["elsewhere"] == []
