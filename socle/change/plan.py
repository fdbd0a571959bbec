"""What a plan of `pulumi preview --save-plan` lets happen: in words, and compared with another. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

Plan = Mapping[str, Any]
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""By this key Pulumi marks what is no plain value."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's mark of a secret, no secret
LONGEST = 72
"""Characters of a value that are shown; of a longer one also the length and digest."""
_WORDS = {
    "create": "make",
    "update": "change",
    "delete": "DELETE",
    "replace": "REPLACE",
    "import": "take over",
    "discard-replaced": "forget",
    "read": "read",
}
_UNSAID = ("seed", "state")
"""Parts of a plan that are random, or follow from the rest."""


class Row(BaseModel):
    """One thing that will be different."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    kind: str
    name: str
    details: tuple[str, ...] = ()


def words(plan: Plan, protected: Collection[str]) -> tuple[Row, ...]:
    """What happens to which resource, worst first. `protected`: URNs that the state protects now."""
    rows = [row for urn, it in plan["resourcePlans"].items() for row in _rows(urn, it, urn in protected)]
    order = ["DELETE", "REPLACE", "unprotect"]
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                order.index(row.what) if row.what in order else len(order),
                row.kind,
                row.name,
                row.what,
            ),
        )
    )


def shape(plan: Plan) -> str:
    """A digest that two plans share when they let the same happen: without what is random in them."""
    said = {
        urn: {key: _settled(value) for key, value in it.items() if key not in _UNSAID}
        for urn, it in plan["resourcePlans"].items()
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def protected_in(deployment: Mapping[str, Any]) -> list[str]:
    """URNs of the resources that a state protects."""
    return sorted(it["urn"] for it in deployment.get("resources") or [] if it.get("protect"))


def _rows(urn: str, it: Mapping[str, Any], protected: bool) -> list[Row]:
    _, _, rest = urn.partition("::")
    kind, _, name = rest.partition("::")[2].partition("::")
    kind = kind.rsplit("$", 1)[-1]
    steps, goal = it.get("steps") or [], it.get("goal") or {}
    rows = []
    if what := _what(steps):
        rows.append(Row(what=what, kind=kind, name=name, details=tuple(_details(goal.get("inputDiff")))))
    if goal and bool(goal.get("protect")) != protected and "create" not in steps:
        rows.append(Row(what="unprotect" if protected else "protect", kind=kind, name=name))
    if outputs := _details(goal.get("outputDiff")):
        rows.append(Row(what="output", kind=kind, name=name, details=tuple(outputs)))
    return rows


def _what(steps: Collection[str]) -> str:
    """The one word for a resource's steps; empty when nothing happens to it."""
    if any("replac" in step for step in steps):
        return _WORDS["replace"]
    acting = [step for step in steps if step not in ("same", "refresh")]
    return " and ".join(_WORDS.get(step, step) for step in acting)


def _details(diff: Mapping[str, Any] | None) -> list[str]:
    said = diff or {}
    lines = [f"{key} = {_shown(value)}" for key, value in sorted((said.get("adds") or {}).items())]
    lines += [f"{key} becomes {_shown(value)}" for key, value in sorted((said.get("updates") or {}).items())]
    return lines + [f"{key} goes" for key in sorted(said.get("deletes") or ())]


def _shown(value: Any) -> str:
    """In ASCII, so that no value can draw on the terminal of who reads it."""
    text = json.dumps(_settled(value), sort_keys=True)
    if len(text) <= LONGEST:
        return text
    return (
        f"{text[:LONGEST]}… ({len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]})"
    )


def _settled(value: Any) -> Any:
    """The value without what encryption makes random; a secret is only said to be one."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return "[secret]"
        return {key: _settled(part) for key, part in value.items()}
    return [_settled(part) for part in value] if isinstance(value, list) else value
