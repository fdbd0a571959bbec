"""Time and memory are the process's own, a failure is no figure, and bad usage is one line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.migrate import __main__ as program
from bench.migrate.ends import run
from socle.errors import ExitCode, FailureError

HOLDS = "import time; held = bytearray({}); time.sleep(0.5)"


def test_memory_is_that_of_the_process_and_not_what_its_starter_held(tmp_path: Path) -> None:
    held = bytearray(os.urandom(1)) * (200 << 20)
    few = run([[sys.executable, "-c", HOLDS.format(1)]], os.environ, tmp_path)
    many = run([[sys.executable, "-c", HOLDS.format("64 << 20")]], os.environ, tmp_path)
    assert len(held) > 100 << 20
    assert 0 < few.memory < 100
    assert 40 < many.memory - few.memory < 90
    assert few.seconds >= 0.5


def test_two_at_once_are_one_time_and_a_failure_ends_them(tmp_path: Path) -> None:
    waits = [sys.executable, "-c", "import time; time.sleep(1)"]
    assert run([waits, waits], os.environ, tmp_path).seconds < 1.9
    fails = [sys.executable, "-c", "import sys; print('first'); sys.exit('the reason')"]
    with pytest.raises(FailureError, match="ended with 1: the reason"):
        run([fails, waits], os.environ, tmp_path)
    assert run([fails], os.environ, tmp_path, ends=(1,)).seconds > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--small", "0"], "is no whole number from 1 on"),
        (["--memory", "9", "9"], "--memory takes fewer objects, then more"),
        (["--only", "all"], "invalid choice"),
    ],
)
def test_bad_usage_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(words)
    assert ended.value.code == ExitCode.USAGE
    assert said in (line := capsys.readouterr().err)
    assert line.count("\n") == 1


def test_an_output_that_cannot_be_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert program.main(["--output", str(tmp_path / "no" / "file.json")]) == ExitCode.USAGE
    assert capsys.readouterr().err.count("\n") == 1
