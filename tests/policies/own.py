"""The project's own stacks in a copy of the tree, on a stand-in for the provider: planned, made, exported."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.policies.engine import ROOT, Engine
from tests.toolchain.neutron import serving
from tests.unit.infra.program import KEY

STACKS = ("local-platform", "local-data", "local-space-alpha")
PACK = str(ROOT / "policies")
CONFIG = str(ROOT / "stacks/policies.json")


@dataclass(frozen=True)
class Own:
    """A copy of the tree that plain `pulumi` runs in."""

    engine: Engine
    more: dict[str, str]

    def pulumi(self, *arguments: str, ends: int | None = 0, **more: str) -> str:
        stack = arguments[arguments.index("--stack") + 1]
        # What Pulumi writes stays out of the tree, as in `make shell` (docs/decisions/0007).
        own = {"PULUMI_OPTION_CONFIG_FILE": str(self.engine.folder / f"configuration/{stack}.yaml")}
        return self.engine.pulumi(*arguments, ends=ends, **{**self.more, **own, **more})

    def judged(self, stack: str, command: str) -> dict[str, object]:
        """The coverage ledger of `preview` or `policy analyze`."""
        ledger = self.engine.folder / f"{stack}-{command}.json"
        words = ["policy", "analyze"] if command == "analyze" else ["preview"]
        policy = ("--policy-pack", PACK, "--policy-pack-config", CONFIG)
        self.pulumi(*words, "--stack", stack, *policy, SOCLE_POLICY_LEDGER=str(ledger))
        found: dict[str, object] = json.loads(ledger.read_text())
        return found


@contextmanager
def standing(folder: Path, chain: Path) -> Iterator[Own]:
    """With the stacks made known to a backend of its own; nothing is made yet."""
    engine = Engine(folder, chain)
    for name in ("infra", "stacks"):
        shutil.copytree(ROOT / name, folder / name)
    engine.begin(Path("infra/"), "hdh")
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    (folder / ".venv").symlink_to(sys.prefix)
    project["plugins"]["providers"].append(
        {"name": "openstack", "path": str(ROOT / "tests/policies/standin")}
    )
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    (folder / "ssh").mkdir()
    (folder / "ssh/id_ed25519.pub").write_text(KEY)
    with serving() as neutron:
        more = {
            "SOCLE_SSH_DIR": str(folder / "ssh"),
            "OS_CLIENT_CONFIG_FILE": str(neutron.clouds(folder)),
            "OS_CLOUD": "platform",
            "PYTHONPATH": "",
        }
        own = Own(engine, more)
        aside = folder / "configuration"
        aside.mkdir()
        (aside / "Pulumi.yaml").write_text("name: hdh\nruntime: python\n")
        for stack in STACKS:
            (aside / f"{stack}.yaml").write_text("{}\n")
            engine.pulumi("stack", "init", stack, "--no-select", at=aside)
        yield own
