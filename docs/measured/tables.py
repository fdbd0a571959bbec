"""Puts the measured figures into pages: each table between `measured` marks is made from a file here.

    python docs/measured/tables.py          rewrite README.md and the guides
    python docs/measured/tables.py --check  exit 3 when one of them does not say what the files say

A file holds {"commit", "date", "machine", "rows": [{"what", "seconds", "command", "note"?}]}; `seconds` null
means "not measured", and the table says so. A file of `bench/` holds {"what", "ratio", "pulumi": {"median",
"min", "max"}, "tofu": {…}} instead, or {"what", "unit", "ratio", "few": {…}, "many": {…}}, or {"what",
"pack_ratio", "naive_ratio", "without": {…}, "pack": {…}, "naive": {…}}, and what it was measured under; that
of bench.migrate.check {"what", "check", "download", "verify"}, in words; of bench.rivals {"what", "sources",
and by tool the checks that spoke}; that of bench.cutover measured figures and what was calculated from them.
A table without a file is left empty.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
PAGES = (
    README,
    *(
        HERE.parent / name
        for name in (
            "en/policies.md",
            "fr/politiques.md",
            "en/migration.md",
            "en/cutover.md",
            "fr/bascule.md",
        )
    ),
)
FRENCH = "-fr"
"""Of a table: in French, and only what it comes to."""
MARKED = re.compile(r"(<!-- measured:(?P<name>[a-z-]+) -->\n).*?(<!-- /measured -->)", re.S)


def duration(seconds: float | None) -> str:
    """`34 s`, `12 min 05 s` or `not measured`."""
    if seconds is None:
        return "not measured"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{seconds:.3g} s"  # noqa: PLR2004


def table(name: str, folder: Path = HERE) -> str:
    """The Markdown table of one file; empty when there is no such file. KeyError on a missing field."""
    file = folder / f"{name.removesuffix(FRENCH)}.json"
    if not file.exists():
        return ""
    measured = json.loads(file.read_text())
    if "tools" in measured:
        return "\n".join(rivals(measured, french=name.endswith(FRENCH))) + "\n"
    if "calculated" in measured:
        return "\n".join(worked_out(measured, french=name.endswith(FRENCH))) + "\n"
    first = measured["rows"][0]
    form = (
        harmed
        if "download" in first
        else packed
        if "naive" in first
        else scaled
        if "few" in first
        else beside
        if "ours" in first
        else compared
        if "ratio" in first
        else timed
    )
    lines = form(measured)
    lines.append(f"\nMeasured on {measured['date']} at commit `{measured['commit']}`: {measured['machine']}.")
    return "\n".join(lines) + "\n"


_STEPS_FR = {
    "inventory": "inventaire",
    "copy": "copie",
    "last delta, nothing changed": "dernier delta, rien de changé",
    "verification": "vérification",
    "listing before the switch": "liste avant la bascule",
    "verification after the retention": "vérification après la conservation",
    "deletion at the source": "suppression à la source",
    "source read-only until the switch, at least": "source en lecture seule jusqu'à la bascule, au moins",
    "verify": "vérification",
    "delete": "suppression",
}


def worked_out(measured: dict[str, Any], *, french: bool) -> list[str]:
    """What was measured of a migration, then what was calculated from it."""

    def shown(seconds: int) -> str:
        days, hours = seconds / 86400, seconds / 3600
        if days >= 2:  # noqa: PLR2004 - below, hours say more
            return f"{days:.1f} {'jours' if french else 'days'}"
        return f"{hours:.1f} h"

    def step(name: str) -> str:
        return _STEPS_FR[name] if french else name

    lines = [
        "| Mesuré | Durée | Objets par seconde |" if french else "| Measured | Took | Objects a second |",
        "|---|---|---|",
    ]
    count = f"{measured['objects']} {'objets de' if french else 'objects of'} {measured['size'] // 1024} KiB"
    for name, seconds in measured["seconds"].items():
        lines.append(f"| {step(name)}, {count} | {seconds:.1f} s | {measured['per_second'][name]} |")
    lines += ["", "| Calculé | 1 Gb/s | 10 Gb/s |" if french else "| Calculated | 1 Gb/s | 10 Gb/s |"]
    lines.append("|---|---|---|")
    for row in measured["calculated"]:
        times = " | ".join(shown(row["seconds"][line]) for line in ("1 Gb/s", "10 Gb/s"))
        lines.append(f"| {step(row['step'])} | {times} |")
    at = f"{measured['date']}, commit `{measured['commit']}`: {measured['machine']}"
    return [*lines, "", f"{'Mesuré le' if french else 'Measured on'} {at}."]


def timed(measured: dict[str, Any]) -> list[str]:
    """How long what took."""
    lines = ["| What | Time | Command |", "|---|---|---|"]
    for row in measured["rows"]:
        note = f" ({row['note']})" if row.get("note") else ""
        lines.append(f"| {row['what']}{note} | {duration(row['seconds'])} | `{row['command']}` |")
    return lines


def compared(measured: dict[str, Any]) -> list[str]:
    """What took one tool how long, and the other: medians with their extremes."""

    def shown(figure: dict[str, float]) -> str:
        return f"{duration(figure['median'])} ({figure['min']:.3g}-{figure['max']:.3g})"

    lines = ["| What | Pulumi | OpenTofu | Ratio |", "|---|---|---|---|"]
    for row in measured["rows"]:
        lines.append(
            f"| {row['what']} | {shown(row['pulumi'])} | {shown(row['tofu'])} | {row['ratio']:.2f} |"
        )
    versions, resources = measured["versions"], sum(measured["resources"].values())
    rounds = f"{measured['rounds']} round{'s' if measured['rounds'] > 1 else ''}"
    lines.append(
        f"\nMedian (least-most) of {rounds}, {resources} resources, {measured['parallel']} operations "
        f"at once; Pulumi {versions['pulumi']}, OpenTofu {versions['tofu']}, provider {versions['provider']} "
        "in both."
    )
    return lines


def beside(measured: dict[str, Any]) -> list[str]:
    """What took us how long, or how much, and a named peer: medians with their extremes."""

    def shown(figure: dict[str, float], unit: str) -> str:
        number = duration(figure["median"]) if unit == "seconds" else f"{figure['median']:.4g} {unit}"
        return f"{number} ({figure['min']:.4g}-{figure['max']:.4g})"

    lines = ["| What | Ours | Peer | Ratio | Aim |", "|---|---|---|---|---|"]
    for row in measured["rows"]:
        unit = row.get("unit", "seconds")
        sides = f"{shown(row['ours'], unit)} | {shown(row['peer'], unit)}"
        lines.append(f"| {row['what']} | {sides} | {row['ratio']:.3f} | {row['aim']} |")
    lines.append(f"\nMedian (least-most), {measured['rounds']} rounds; peer: {measured['peer']}.")
    return lines


def scaled(measured: dict[str, Any]) -> list[str]:
    """What something costs when few exist, and when many do: medians with their extremes."""
    few, many = measured["spaces"]["few"], measured["spaces"]["many"]

    def shown(figure: dict[str, float], unit: str) -> str:
        spread = "" if figure["min"] == figure["max"] else f" ({figure['min']:.4g}-{figure['max']:.4g})"
        if unit == "seconds":
            return f"{duration(figure['median'])}{spread}"
        number = f"{figure['median']:.4g}"
        return f"{number}{spread}" if unit == "requests" else f"{number} {unit}{spread}"

    lines = [f"| What | {few} exist | {many} exist | Ratio |", "|---|---|---|---|"]
    for row in measured["rows"]:
        what = f"{row['what']}: requests" if row["unit"] == "requests" else row["what"]
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        lines.append(
            f"| {what} | {shown(row['few'], row['unit'])} | {shown(row['many'], row['unit'])} | {ratio} |"
        )
    lines.append(
        f"\nMedian (least-most) of {measured['rounds']} rounds, {measured['parallel']} at once where all are "
        f"previewed. Left out: {measured['left out']}."
    )
    return lines


def harmed(measured: dict[str, Any]) -> list[str]:
    """What three ways to check a migration say of the same harms."""
    lines = [
        "| Harm | `rclone check` | `rclone check --download` | `socle migrate verify` |",
        "|---|---|---|---|",
    ]
    for row in measured["rows"]:
        lines.append(f"| {row['what']} | {row['check']} | {row['download']} | {row['verify']} |")
    return lines


def packed(measured: dict[str, Any]) -> list[str]:
    """What a preview costs without a policy pack, with it, and with a naive one: medians, extremes."""

    def shown(figure: dict[str, float]) -> str:
        return f"{duration(figure['median'])} ({figure['min']:.3g}-{figure['max']:.3g})"

    lines = ["| What | No pack | The pack | Ratio | Naive pack | Ratio |", "|---|---|---|---|---|---|"]
    for row in measured["rows"]:
        with_it = f"{shown(row['pack'])} | {row['pack_ratio']:.2f}"
        naive = f"{shown(row['naive'])} | {row['naive_ratio']:.2f}"
        lines.append(f"| {row['what']} | {shown(row['without'])} | {with_it} | {naive} |")
    lines.append(f"\nMedian (least-most) of {measured['rounds']} rounds, {measured['resources']} resources.")
    return lines


def rivals(measured: dict[str, Any], *, french: bool) -> list[str]:
    """Which tool found which seed, and what it said of what is clean; in French the sums alone."""
    tools, rows = measured["tools"], measured["rows"]
    ours, none = ("Ce jeu", "pas encore exécuté") if french else ("This pack", "not run yet")
    names = {"checkov": "Checkov", "prowler": "Prowler", "pack": ours}
    head = ("Outil", "Trouvés", "Montrés", "Dit des jumeaux sains", "Mesuré")
    if not french:
        head = ("Tool", "Found", "Shown", "Said of clean twins", "Measured")
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|---|"]
    for tool, name in names.items():
        if one := tools.get(tool):
            twins = ", ".join(f"{check} {count}" for check, count in one["twins"].items())
            cells = (one["found"], one["shown"], twins, f"{one['date']}, `{one['commit']}`")
            lines.append(f"| {name} {one['version']} | {' | '.join(map(str, cells))} |")
        else:
            lines.append(f"| {name} | {none} | | | |")
    if french:
        return lines
    lines += ["", "| Seeded | Asked by | Checkov | Prowler | This pack |", "|---|---|---|---|---|"]
    for row in rows:
        said = dict.fromkeys(names, none) | {tool: ", ".join(row[tool]) for tool in tools}
        said |= {tool: "not shown" for tool, one in tools.items() if f"{row['id']}-bad" in one["not_made"]}
        lines.append(
            f"| {row['what']} | {', '.join(row['sources'])} | {' | '.join(said[tool] for tool in names)} |"
        )
    return [*lines, *(f"\n{note}" for note in measured["notes"])]


def filled(text: str) -> str:
    """A page's text with every marked table made anew."""
    return MARKED.sub(lambda m: m.group(1) + table(m.group("name")) + m.group(3), text)


def main() -> int:
    """Rewrite or check; see the module's docstring."""
    differ = [page for page in PAGES if filled(page.read_text()) != page.read_text()]
    for page in differ:
        if "--check" in sys.argv[1:]:
            print(
                f"{page.name}: measured tables differ; run 'python docs/measured/tables.py'", file=sys.stderr
            )
        else:
            page.write_text(filled(page.read_text()))
    return 3 if differ and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
