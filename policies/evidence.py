"""What evidences each clause: policies, controls and their checks, flows. Derived, never kept.

Like the catalogue this is for reviewers, and reads the project; the pack itself does not need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import policies.families  # noqa: F401  # makes them all
from policies.model import POLICIES
from socle import clauses
from socle.clauses import Clause, Label

ROOT = Path(__file__).resolve().parents[1]
CLAIMED = (Label.EVIDENCED, Label.CUSTOMER_COUNTERPART)
"""Labels that say that something here can show the clause."""


@dataclass(frozen=True)
class Evidence:
    """Ids. A control is shown by the check of its kind (`socle check`), a flow by policy NET-17."""

    clause: Clause
    policies: tuple[str, ...]
    controls: tuple[str, ...]
    flows: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Whether nothing shows it."""
        return not (self.policies or self.controls or self.flows)


def evidence(root: Path = ROOT) -> list[Evidence]:
    """Of every clause of the registry, in its order."""
    by_policy = _by_clause((one.id, one.clauses) for one in POLICIES.values())
    by_control = _by_clause(_cited(root / "controls/hardening.yaml", "controls", "id"))
    by_flow = _by_clause(_cited(root / "stacks/flows.yaml", "flows", "name"))
    known = clauses.load(root / "controls" / clauses.REGISTRY.name).clauses
    return [
        Evidence(one, by_policy.get(one.id, ()), by_control.get(one.id, ()), by_flow.get(one.id, ()))
        for one in known
    ]


def dangling(root: Path = ROOT) -> list[str]:
    """Citations of a clause that the registry does not have: `NET-01 x:1`."""
    known = {one.clause.id for one in evidence(root)}
    cited = [
        *((one.id, one.clauses) for one in POLICIES.values()),
        *_cited(root / "controls/hardening.yaml", "controls", "id"),
        *_cited(root / "stacks/flows.yaml", "flows", "name"),
    ]
    return [f"{who} {clause}" for who, said in cited for clause in said if clause not in known]


def claimed_without(root: Path = ROOT) -> list[str]:
    """Clauses whose label claims that they can be shown, and that nothing shows."""
    return [one.clause.id for one in evidence(root) if one.clause.label in CLAIMED and one.none]


def _cited(path: Path, key: str, name: str) -> list[tuple[str, tuple[str, ...]]]:
    said: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [(one[name], _listed(one.get("clauses") or one.get("clause"))) for one in said[key]]


def _listed(said: Any) -> tuple[str, ...]:
    return () if said is None else (said,) if isinstance(said, str) else tuple(said)


def _by_clause(cited: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for who, said in cited:
        for clause in said:
            found[clause] = (*found.get(clause, ()), who)
    return found


def page(made: str) -> str:
    """For docs/policies: every clause that something shows, and those that claim it and are not."""
    listed = evidence()
    shown = [one for one in listed if not one.none]
    lines = [
        made,
        "# Clauses · Exigences",
        "",
        f"{len(shown)} of {len(listed)} clauses of the registry are shown here by something. What a label",
        "claims stands in [controls/clauses.yaml](../../controls/clauses.yaml). A control is shown by the",
        "check of its kind (`socle check`), a flow by the rules that policy NET-17 compares.",
        "",
        "| Clause | Title · Titre | Label | Policies | Controls | Flows |",
        "|---|---|---|---|---|---|",
    ]
    for one in shown:
        said = one.clause
        links = ", ".join(f"[{it}]({it.partition('-')[0]}.md#{it.lower()})" for it in one.policies)
        lines.append(
            f"| `{said.id}` | {said.title.en} · {said.title.fr} | {said.label} | {links}"
            f" | {', '.join(one.controls)} | {', '.join(one.flows)} |"
        )
    if missing := claimed_without():
        lines += [
            "",
            "## Claimed, and not shown by policy, control or flow",
            "",
            *(f"- `{it}`" for it in missing),
        ]
    return "\n".join(lines) + "\n"
