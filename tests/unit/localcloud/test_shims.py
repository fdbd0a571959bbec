"""The stand-ins on the PATH of services: the one that has qemu measure again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from localcloud.render import TEMPLATES

QEMU = """#!/bin/sh
echo try >>"{folder}/tries"
if [ "$1" = create ] && [ "$(wc -l <"{folder}/tries")" -lt {good} ]; then
  echo "qemu-img: disk: {said}" >&2
  exit 1
fi
echo "$@"
"""


def run(folder: Path, *words: str, good: int, said: str) -> tuple[int, str, str, int]:
    """Exit code, output, errors of the shim, and how often the stand-in for qemu was started."""
    real, shim = folder / "real", folder / "qemu-img"
    real.write_text(QEMU.format(folder=folder, good=good, said=said))
    shim.write_text((TEMPLATES / "shims/qemu-img.j2").read_text().replace("/usr/bin/qemu-img", str(real)))
    for script in (real, shim):
        script.chmod(0o755)
    done = subprocess.run([shim, *words], capture_output=True, text=True, check=False, env=os.environ)
    return done.returncode, done.stdout, done.stderr, (folder / "tries").read_text().count("try")


def test_a_measurement_that_failed_is_made_again(tmp_path: Path) -> None:
    code, out, err, tries = run(tmp_path, "create", "x", good=4, said="Unable to get accurate CPU usage")
    assert (code, out, err, tries) == (0, "create x\n", "", 4)


def test_it_is_given_up_in_the_end_with_its_words(tmp_path: Path) -> None:
    code, _, err, tries = run(tmp_path, "create", "x", good=99, said="Unable to get accurate CPU usage")
    assert (code, tries) == (1, 10)
    assert "accurate CPU usage" in err


@pytest.mark.parametrize("words", [("create", "x"), ("info", "x")])
def test_nothing_else_is_tried_twice(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, _, tries = run(tmp_path, *words, good=9, said="No space left on device")
    assert (code, tries) == (1 if words[0] == "create" else 0, 1)
