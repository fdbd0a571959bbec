"""What the three ways say becomes a table in which what nobody saw is said; secrets stay in a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from bench.migrate import check
from bench.migrate import rclone as rclones
from bench.migrate.rclone import Rclone
from socle.errors import ExitCode, FailureError

CONNECTION = (
    "DefaultEndpointsProtocol=http;AccountName=tested;AccountKey=c2VjcmV0LWtleQ==;"
    "BlobEndpoint=http://127.0.0.1:1/tested;"
)
SAYS = """#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --combined ] && out=$2; shift; done
printf '= fine\\n* a b\\n+ gone\\n- stranger\\n' >"$out"
echo 'NOTICE: 3 hashes could not be checked' >&2
exit "$(cat "$HOME/code")"
"""


@pytest.fixture
def rclone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rclone:
    program = tmp_path / "rclone"
    program.write_text(SAYS)
    program.chmod(0o700)
    monkeypatch.setattr(rclones, "obtain", lambda: program)
    clouds = tmp_path / "clouds.yaml"
    auth = {"auth_url": "http://127.0.0.1:2/auth/v1.0", "username": "test:reader", "password": "hidden"}
    clouds.write_text(yaml.safe_dump({"clouds": {"reader": {"auth": auth}}}))
    return Rclone.lay(tmp_path, CONNECTION, clouds, "base", "there", login="reader", workers=3)


def test_no_secret_is_in_an_argument_and_the_file_is_for_its_owner(rclone: Rclone) -> None:
    said = rclone.config.read_text()
    assert "key = hidden" in said
    assert "sig=" in said
    assert "c2VjcmV0" not in said
    assert rclone.config.stat().st_mode & 0o077 == 0
    line = " ".join(rclone.argv("copy"))
    assert "hidden" not in line
    assert "sig=" not in line
    assert not {"OS_PASSWORD", "AZURE_STORAGE_KEY"} & rclone.env().keys() | (rclone.env().keys() & {"PWD"})


def test_a_check_is_read_by_its_marks_and_a_failure_is_no_verdict(rclone: Rclone) -> None:
    (rclone.folder / "code").write_text("1")
    found = rclone.check()
    assert found.marks == {"a b": "*", "gone": "+", "stranger": "-"}
    assert (found.code, found.not_compared) == (1, 3)
    (rclone.folder / "code").write_text("7")
    with pytest.raises(FailureError, match="ended with 7: NOTICE"):
        rclone.check()


def test_what_was_not_named_is_not_seen() -> None:
    said = {way: (1, {"removed": "is not there"}, 2 if way == "check" else 0) for way in check.WAYS}
    rows = {row["what"]: row for row in check.rows(said, dict.fromkeys(check.WAYS, (0, 0)))}
    assert rows["Removed"]["check"] == "is not there"
    assert rows["Cut short"]["verify"] == "**not seen**"
    assert rows["All of it"]["check"] == "exit 1, 2 hashes could not be checked"
    assert rows["Nothing harmed yet"]["download"] == "exit 0"
    assert len(rows) == len(check.CASES) + 2


def test_every_case_has_a_blob_of_its_own_name() -> None:
    names = [made.name for made in check.blobs()]
    assert len(names) == len(set(names))
    assert {name for _, name, _ in check.CASES} - set(names) == {"stranger"}


def test_an_output_that_cannot_be_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = tmp_path / "no" / "file.json"
    assert check.main(["--output", os.fspath(where)]) == ExitCode.USAGE
    assert capsys.readouterr().err.count("\n") == 1
