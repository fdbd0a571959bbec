"""The engine's own output for every case: one preview with the real provider, and no cloud."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from policies import wire
from policies.snapshot import Snapshot
from tests.policies.engine import ROOT, Engine, cut, recorded

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def chain() -> Path:
    """The folder of `pulumi`."""
    asked = [sys.executable, str(ROOT / "toolchain/build.py"), "--json"]
    said = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    assert said["stands"], "the tool chain is not built; run `make deps`"
    return Path(said["bin"])


@pytest.fixture(scope="session")
def previewed(tmp_path_factory: pytest.TempPathFactory, chain: Path) -> dict[str, Snapshot]:
    """By case, what a preview hands to packs."""

    def preview(folder: Path) -> None:
        engine = Engine(folder, chain)
        engine.begin(HERE / "program")
        engine.pulumi("preview", "--policy-pack", str(HERE / "recorder"))

    return _snapshots(_once(tmp_path_factory, "previewed", preview))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, chain: Path) -> dict[str, Snapshot]:
    """By case, what `policy analyze` hands to packs once all was made, by a stand-in for the provider."""

    def make(folder: Path) -> None:
        engine = Engine(folder, chain)
        engine.begin(HERE / "program", standin=True)
        # Every step would rewrite the whole state: minutes for as many resources.
        quick = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
        engine.pulumi("up", "--yes", "--skip-preview", **quick)
        engine.pulumi("policy", "analyze", "--policy-pack", str(HERE / "recorder"))

    return _snapshots(_once(tmp_path_factory, "made", make))


def _snapshots(folder: Path) -> dict[str, Snapshot]:
    return cut(wire.stack(*recorded(folder / "recording")))


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled, whichever of xdist's workers came first: it is a minute of two cores."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = shared / f"{name}.path"
        if not kept.exists():
            folder = factory.mktemp(name)
            make(folder)
            kept.write_text(str(folder))
        return Path(kept.read_text())
