"""The key of a space: made once, the same ever after, and never made anew when it is gone."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from socle.errors import ExitCode, UserError
from socle.space import key

STACK = "local-space-alpha"


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        given = set(pool.map(lambda _: key.key_of(tmp_path / "keys", STACK), range(16)))
    (made,) = given
    assert len(bytes.fromhex(made)) == key.BYTES
    assert key.key_of(tmp_path / "keys", "local-space-beta") != made
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").glob("*.key")}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_key_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    key.key_of(tmp_path, STACK)
    key.key_file(tmp_path, STACK).unlink()
    with pytest.raises(UserError, match=r"the key that this space was given is gone; restore the file"):
        key.key_of(tmp_path, STACK)


@pytest.mark.parametrize("text", ["", "abc", "g" * 128, "A" * 128, "a" * 127])
def test_a_damaged_key_is_said_so(tmp_path: Path, text: str) -> None:
    key.key_of(tmp_path, STACK)
    key.key_file(tmp_path, STACK).write_text(text)
    with pytest.raises(UserError, match="not a key of a space"):
        key.key_of(tmp_path, STACK)


def _asked(ssh: str, space: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "socle.space.key", "--environment", "local", "--space", space]
    env = {"PATH": "/usr/bin:/bin", **({"SOCLE_SSH_DIR": ssh} if ssh else {})}
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)


def test_the_role_gets_the_key_and_nothing_else(tmp_path: Path) -> None:
    done = _asked(str(tmp_path / "ssh"), "alpha")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == key.key_of(tmp_path / "keys", STACK)


@pytest.mark.parametrize(
    ("with_ssh", "space"), [(False, "alpha"), (True, "../alpha"), (True, "Alpha"), (True, "")]
)
def test_what_cannot_be_is_one_line(tmp_path: Path, *, with_ssh: bool, space: str) -> None:
    done = _asked(str(tmp_path / "ssh") if with_ssh else "", space)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (ExitCode.USAGE, "", 1)
    assert "Traceback" not in done.stderr
