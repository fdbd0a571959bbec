"""The engine's own output for every case: one preview with the real provider, and no cloud."""

from __future__ import annotations

import json
import subprocess
import sys
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
    engine = Engine(tmp_path_factory.mktemp("cases"), chain)
    engine.begin(HERE / "program")
    engine.pulumi("preview", "--policy-pack", str(HERE / "recorder"))
    request, inputs = recorded(engine.folder / "recording")
    return cut(wire.stack(request, inputs))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, chain: Path) -> dict[str, Snapshot]:
    """By case, what `policy analyze` hands to packs once all was made, by a stand-in for the provider."""
    engine = Engine(tmp_path_factory.mktemp("made"), chain)
    engine.begin(HERE / "program", standin=True)
    # Every step would rewrite the whole state: minutes for as many resources.
    quick = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
    engine.pulumi("up", "--yes", "--skip-preview", **quick)
    engine.pulumi("policy", "analyze", "--policy-pack", str(HERE / "recorder"))
    request, inputs = recorded(engine.folder / "recording")
    return cut(wire.stack(request, inputs))
