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
    done = subprocess.run(
        [sys.executable, str(BUILDER), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}").splitlines()[-1]
        raise FailureError(f"the tool chain does not stand: {said}", "toolchain", "run `make deps`")
    return done.stdout.strip()


@cache
def toolchain_bin() -> tuple[Path, ...]:
    """The folder that holds `pulumi` and its helpers."""
    return (Path(_ask("--print-bin")),) if BUILDER.exists() else ()


def install_home(home: Path) -> None:
    """Put the provider plugin into a PULUMI_HOME of ours; a second time changes nothing."""
    if BUILDER.exists():
        _ask("--install-home", str(home))
