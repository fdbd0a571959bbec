"""Asks toolchain/build.py where the tool chain stands; builds nothing itself."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from socle.errors import FailureError
from socle.paths import ROOT

BUILDER = ROOT / "toolchain" / "build.py"


def _ask(*arguments: str) -> str:
    argv = [sys.executable, str(BUILDER), *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or f"build.py ended with {done.returncode}").splitlines()[-1]
        raise FailureError(said.removeprefix("socle: "), "tool chain")
    return done.stdout.strip()


@cache
def toolchain_bin() -> tuple[Path, ...]:
    """The folder of `pulumi` and its helpers; none when it is not built: not every verb needs it."""
    try:
        return (Path(_ask("--print-bin")),)
    except FailureError:
        return ()


def install_home(home: Path) -> None:
    """Put the provider plugin into a PULUMI_HOME of ours; raises FailureError when nothing is built yet."""
    _ask("--install-home", str(home))
