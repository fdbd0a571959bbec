"""This project's pack: one preview by the real engine and provider, cut into cases, each a stack."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.rivals.findings import Finding, Scan
from bench.up.record import commit
from policies import run, wire
from policies.model import Verdict
from policies.snapshot import Snapshot
from socle.errors import UserError
from socle.paths import ROOT
from tests.policies.engine import Engine, cut, recorded

PROGRAM = Path(__file__).parent / "program"
RECORDER = ROOT / "tests/policies/recorder"
CONFIG: Final[dict[str, dict[str, Any]]] = {
    "PACK-01": {"regions": ["here"], "admin_prefixes": ["10.2.0.2/32", "fd00:2::2/128"]}
}
"""What anybody has to say of a cloud of his own: where it is, and where administrators come from."""


def previewed(folder: Path) -> dict[str, Snapshot]:
    """By case, what a preview hands to packs. UserError without tools, AssertionError when it fails."""
    engine = Engine(folder, _chain())
    engine.begin(PROGRAM, "rivals")
    engine.pulumi("preview", "--policy-pack", str(RECORDER))
    request, inputs = recorded(engine.folder / "recording")
    return cut(wire.stack(request, inputs))


def scan() -> Scan:
    """Every violation. What is unproven before anything was made is no finding."""
    with tempfile.TemporaryDirectory(prefix="socle-bench-") as folder:
        found = previewed(Path(folder) / "project")
    setup, today = run.Setup(CONFIG), datetime.now(UTC).date()
    findings = {
        Finding(case, entry.resource.name.rpartition("/")[2], entry.policy.id)
        for case, snapshot in found.items()
        for entry in run.whole(snapshot, setup, today)
        if entry.verdict is Verdict.VIOLATION
    }
    return Scan(commit(), frozenset(findings))


def _chain() -> Path:
    asked = [sys.executable, str(ROOT / "toolchain/build.py"), "--json"]
    said = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    if not said["stands"]:
        raise UserError("the tool chain is not built", "toolchain/", "run `make deps`")
    return Path(said["bin"])
