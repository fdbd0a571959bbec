"""The flow matrix that policy NET-17 compares stacks with: `python -m infra.agreed` writes it to stacks/.

By stack and group, the rules that follow from flows.yaml. Committed, so that a reviewer sees in one file what
a line of the flow table opens, and a rule from anywhere else is refused.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from infra.plan.rules import Perimeter
from infra.specification import load, load_sound_spaces
from infra.stackfile import stacks_said

ROOT: Final = Path(__file__).resolve().parents[1]
FILE: Final = ROOT / "stacks" / "matrix.json"
FORMAT: Final = "socle-flow-matrix/1"


def document(root: Path = ROOT) -> dict[str, Any]:
    """The matrix of every platform of the tables, and of the open spaces beside it."""
    stacks: dict[str, Any] = {}
    for platform in sorted(stack for stack, _ in stacks_said("platform", root)):
        base, environment = load(platform, root), platform.removesuffix("-platform")
        stacks[platform] = _groups(environment, base.plan.perimeter)
        for one in load_sound_spaces(base):
            if one.space.phase == "open":
                groups = _groups(f"{environment}-{one.name}", one.plan.perimeter)
                stacks[f"{environment}-space-{one.name}"] = groups
    return {"format": FORMAT, "stacks": stacks}


def _groups(prefix: str, perimeter: Perimeter) -> dict[str, list[dict[str, str]]]:
    """By the group's name in the cloud, as components.perimeter gives it."""
    found: dict[str, list[dict[str, str]]] = {
        f"{prefix}-{group.replace('/', '-')}": [] for group in sorted(perimeter.groups)
    }
    for rule in sorted(perimeter.rules):
        row = {"direction": rule.direction, "protocol": rule.protocol, "ports": rule.ports}
        found[f"{prefix}-{rule.group.replace('/', '-')}"].append({**row, "remote": str(rule.remote)})
    return found


def text(root: Path = ROOT) -> str:
    """As the file has it: a rule a line."""
    said = json.dumps(document(root), indent=1)
    return (
        re.sub(r"\{\s+(\"direction\"[^}]+?)\s+\}", lambda it: "{" + " ".join(it[1].split()) + "}", said)
        + "\n"
    )


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
