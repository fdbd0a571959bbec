"""How live tests change what the data layer is to hold: a configuration file laid over the committed one.

It goes the way of `pulumi config set`: the committed tables and the environment's own file stay as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.cloud.live import NAME, ROOT, environment, run

STACK = f"{NAME}-data"


def said() -> dict[str, Any]:
    """What the committed file says the layer holds."""
    document = yaml.safe_load((ROOT / f"stacks/Pulumi.{STACK}.yaml").read_text())
    answer: dict[str, Any] = document["config"]["hdh:data"]
    return answer


def release(*names: str) -> list[dict[str, str]]:
    """The releases of what is named, as two people would commit them."""
    expiry = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    reason = "A live test shows how data is let go"
    people = {"owner": "data-team", "approver": "protection-officer", "reason": reason, "expiry": expiry}
    return [{"name": name, **people} for name in names]


def pulumi(*words: str, folder: Path, check: bool = True, **changes: Any) -> tuple[int, str]:
    """Run pulumi on the data stack with `changes` laid over; its exit code and all that it printed."""
    extra = laid_over(folder, "hdh:data", changes)
    done = run("pulumi", *words, "--stack", STACK, "--non-interactive", check=check, extra=extra, timeout=900)
    return done.returncode, done.stdout + done.stderr


def laid_over(folder: Path, key: str, changes: dict[str, Any]) -> dict[str, str]:
    """Variables with which `pulumi` sees `changes` of a layer's table, as after `pulumi config set`."""
    own = yaml.safe_load(Path(environment()["PULUMI_OPTION_CONFIG_FILE"]).read_text()) or {}
    own["config"] = {**own.get("config", {}), **({key: changes} if changes else {})}
    file = folder / "changed.yaml"
    file.write_text(yaml.safe_dump(own))
    return {"PULUMI_OPTION_CONFIG_FILE": str(file)}
