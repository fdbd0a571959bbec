"""The catalogue for reviewers, made from the policies: `python -m policies.catalogue` writes docs/policies.

A file for each family, English and French side by side, each clause with the label that the registry
of clauses gives it. Only this module reads that: the pack itself needs nothing outside its folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import policies.families  # noqa: F401  # makes them all
from policies.evidence import page
from policies.model import POLICIES, Policy
from socle import clauses
from socle.clauses import Clause

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "policies"
FAMILIES: Final = {
    "NET": ("Network", "Réseau"),
    "DAT": ("Data", "Données"),
    "CRY": ("Cryptography", "Cryptographie"),
    "SEC": ("Secrets", "Secrets"),
    "SOV": ("Sovereignty", "Souveraineté"),
    "IAM": ("Identity", "Identité"),
    "CMP": ("Compute", "Calcul"),
    "LOG": ("Logs and time", "Journaux et temps"),
    "OPS": ("Operations", "Exploitation"),
    "PACK": ("The pack itself", "Le jeu de politiques"),
}
MADE = "<!-- Made by `python -m policies.catalogue` from the policies; change those. -->\n"


def pages() -> dict[str, str]:
    """Every page of the catalogue by its file's name."""
    known = registry()
    by_family: dict[str, list[Policy]] = {name: [] for name in FAMILIES}
    for name in sorted(POLICIES):
        by_family[POLICIES[name].family].append(POLICIES[name])
    found = {f"{name}.md": _family(name, listed, known) for name, listed in by_family.items() if listed}
    return {"README.md": _index(by_family), "clauses.md": page(MADE), **found}


def registry() -> dict[str, Clause]:
    """The clauses by id."""
    return {one.id: one for one in clauses.load().clauses}


def _index(by_family: Mapping[str, list[Policy]]) -> str:
    graph = sum(one.graph for one in POLICIES.values())
    lines = [
        MADE,
        "# Policies",
        "",
        f"{len(POLICIES)} policies, {graph} of them on the graph: their verdict can change when only",
        "another resource does. What a clause asks is decided in the texts; a label says what is claimed.",
        "",
        "| Id | Rule | Règle | Level | Graph |",
        "|---|---|---|---|---|",
    ]
    for name, listed in by_family.items():
        for one in listed:
            link = f"[{one.id}]({name}.md#{one.id.lower()})"
            lines.append(
                f"| {link} | {one.rule.en} | {one.rule.fr} | {one.level} | {'yes' if one.graph else ''} |"
            )
    return "\n".join(lines) + "\n"


def _family(name: str, listed: list[Policy], known: Mapping[str, Clause]) -> str:
    english, french = FAMILIES[name]
    lines = [MADE, f"# {english} · {french}", ""]
    for one in listed:
        lines += [
            f"## {one.id}",
            "",
            "| | English | Français |",
            "|---|---|---|",
            f"| Rule · Règle | {one.rule.en} | {one.rule.fr} |",
            f"| Reason · Raison | {one.reason.en} | {one.reason.fr} |",
            f"| How to fix · Correction | {one.fix.en} | {one.fix.fr} |",
            "",
            f"- Level: {one.level}{'; looks at other resources too' if one.graph else ''}",
            f"- Breaks it: {one.counter}",
            f"- Asked of: {', '.join(f'`{kind}`' for kind in one.kinds) or 'every resource'}",
            f"- Clauses: {'; '.join(_clause(known[it]) for it in one.clauses)}",
        ]
        if one.params:
            lines.append(
                "- Parameters, with their defaults: " + ", ".join(_param(*it) for it in one.params.items())
            )
        lines.append("")
    return "\n".join(lines)


def _clause(said: Clause) -> str:
    return f"`{said.id}` {said.title.en} ({said.label})"


def _param(name: str, default: Any) -> str:
    return f"`{name}` = `{json.dumps(default, ensure_ascii=False)}`"


def main() -> None:
    """Write them."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
