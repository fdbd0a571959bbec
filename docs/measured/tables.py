"""Puts the measured figures into README.md: each table between `measured` marks is made from a file here.

    python docs/measured/tables.py          rewrite README.md
    python docs/measured/tables.py --check  exit 3 when README.md does not say what the files say

A file holds {"commit", "date", "machine", "rows": [{"what", "seconds", "command", "note"?}]}; `seconds` null
means "not measured", and the table says so.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
MARKED = re.compile(r"(<!-- measured:(?P<name>[a-z-]+) -->\n).*?(<!-- /measured -->)", re.S)


def duration(seconds: float | None) -> str:
    """`34 s`, `12 min 05 s` or `not measured`."""
    if seconds is None:
        return "not measured"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{seconds:.3g} s"  # noqa: PLR2004


def table(name: str) -> str:
    """The Markdown table of one file; raises FileNotFoundError and KeyError on a missing file or field."""
    measured = json.loads((HERE / f"{name}.json").read_text())
    lines = ["| What | Time | Command |", "|---|---|---|"]
    for row in measured["rows"]:
        note = f" ({row['note']})" if row.get("note") else ""
        lines.append(f"| {row['what']}{note} | {duration(row['seconds'])} | `{row['command']}` |")
    lines.append(f"\nMeasured on {measured['date']} at commit `{measured['commit']}`: {measured['machine']}.")
    return "\n".join(lines) + "\n"


def filled(text: str) -> str:
    """README's text with every marked table made anew."""
    return MARKED.sub(lambda m: m.group(1) + table(m.group("name")) + m.group(3), text)


def main() -> int:
    """Rewrite or check; see the module's docstring."""
    text = README.read_text()
    new = filled(text)
    if "--check" in sys.argv[1:]:
        if new != text:
            print("README.md: measured tables differ; run 'python docs/measured/tables.py'", file=sys.stderr)
        return 0 if new == text else 3
    README.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
