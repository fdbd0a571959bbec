"""`python -m bench.migrate.check`: harms what was migrated, and asks rclone's checks and our verifier.

Each is shown a migration of its own with the same harms: a bit on the disk is seen by one reader, and the
object is then put aside by Swift itself.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.command import Parser, ended
from bench.migrate.rclone import Checked, Rclone, version
from bench.up.record import commit
from socle.errors import FailureError, UserError
from socle.paths import ROOT
from tests.migration import azurite, harms, swift
from tests.migration.blobs import Made, upload
from tests.migration.desk import Desk, lay

FILE = ROOT / "docs" / "measured" / "bench-migrate-check.json"
WAYS = ("check", "download", "verify")
_MARKS = {"*": "differs", "+": "is not there", "-": "is nobody's", "!": "cannot be read"}
EXAMPLES = f"""\
examples:
  python -m bench.migrate.check --output /tmp/bench-migrate-check.json    try it: a minute, no cloud needed
  python -m bench.migrate.check                                           writes {FILE.relative_to(ROOT)}

exit codes: 0 done, 1 a tool failed, 2 bad usage
"""


def _bit_on_disk(desk: Desk, name: str, rng: random.Random) -> None:
    harms.bit_on_disk(desk, rng, [name])


def _bit_rewritten(desk: Desk, name: str, rng: random.Random) -> None:
    harms.bit_rewritten(desk, rng, [name])


def _truncated(desk: Desk, name: str, rng: random.Random) -> None:
    harms.truncated(desk, rng, [name])


def _removed(desk: Desk, name: str, rng: random.Random) -> None:
    harms.removed(desk, rng, [name])


def _swapped(desk: Desk, name: str, rng: random.Random) -> None:
    harms.swapped(desk, rng, [name, f"{name}, the other"])


def _relabelled(desk: Desk, name: str, _: random.Random) -> None:
    desk.store.post(desk.path(name), headers={"X-Object-Meta-Other": "1"})


def _stranger(desk: Desk, name: str, _: random.Random) -> None:
    desk.store.put(desk.path(name), data=b"?")


Case = tuple[str, str, Callable[[Desk, str, random.Random], None]]
CASES: tuple[Case, ...] = (
    ("One bit on the disk below Swift", "flipped on disk", _bit_on_disk),
    ("The same in a segment of a large object", "large", _bit_on_disk),
    ("One bit rewritten, every header kept", "rewritten", _bit_rewritten),
    ("The same where the source has no Content-MD5", "rewritten, no md5", _bit_rewritten),
    ("Two objects of one size swapped", "swapped", _swapped),
    ("Cut short", "truncated", _truncated),
    ("Removed", "removed", _removed),
    ("Metadata changed", "relabelled", _relabelled),
    ("An object that the source does not have", "stranger", _stranger),
)


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the process with 2 when it is not one."""
    parser = Parser(
        prog="python -m bench.migrate.check",
        description="What rclone's checks and our verifier say of the same harms. Starts both ends itself.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", type=Path, default=FILE, metavar="FILE", help="where the table goes")
    return parser.parse_args(words)


def blobs() -> list[Made]:
    """What is migrated: a blob for each case, those beside it, and some that nobody harms."""
    rng = random.Random(7)  # noqa: S311 - the same each time
    made = [Made("fine", b"fine"), Made("fine, no md5", b"fine", staged=True)]
    for _, name, harm in CASES:
        if harm is not _stranger:
            size = 300_000 if name == "large" else 2000
            made.append(Made(name, rng.randbytes(size), staged="no md5" in name))
        if harm is _swapped:
            made.append(Made(f"{name}, the other", rng.randbytes(2000)))
    return made


def migrated(folder: Path, connection: str, store: swift.Swift, way: str) -> Desk:
    """A migration that is proven; FailureError when it is not."""
    folder.mkdir()
    desk = lay(folder, connection, store, f"check-{way}", buffer_mib=1 / 16, segment_mib=1 / 8)
    upload(desk.source, blobs())
    for verb in ("inventory", "copy", "verify"):
        code, _ = desk.attempt(verb)
        if code:
            raise FailureError(f"`socle migrate {verb}` ended with {code}: {desk.last.strip()}")
    return desk


def seen(desk: Desk, way: str, rclone: Rclone) -> tuple[int, dict[str, str], int]:
    """Exit code, what is said by name, and how many hashes were not compared."""
    if way == "verify":
        code, records = desk.attempt("verify")
        said = desk.said(records, "migrate-extra") | desk.said(records, "migrate-proof")
        return code, {name: _short(text) for name, text in said.items()}, 0
    found: Checked = rclone.check(*(["--download"] if way == "download" else []))
    return found.code, {n: _MARKS[mark] for n, mark in found.marks.items()}, found.not_compared


def _short(evidence: str) -> str:
    return re.sub(r"([0-9a-f]{8})[0-9a-f]{56}", r"\1…", evidence)


def rows(
    said: dict[str, tuple[int, dict[str, str], int]], before: dict[str, tuple[int, int]]
) -> list[dict[str, Any]]:
    """A row a case, and what each ended with before and after."""

    def ended_with(code: int, unknown: int) -> str:
        return f"exit {code}" + (f", {unknown} hashes could not be checked" if unknown else "")

    made: list[dict[str, Any]] = [
        {"what": "Nothing harmed yet", **{way: ended_with(*before[way]) for way in WAYS}}
    ]
    for what, name, _ in CASES:
        made.append({"what": what, **{way: said[way][1].get(name, "**not seen**") for way in WAYS}})
    made.append({"what": "All of it", **{way: ended_with(said[way][0], said[way][2]) for way in WAYS}})
    return made


def bench(asked: argparse.Namespace) -> None:
    """Do what was asked; raises SocleError with the reason."""
    if not asked.output.parent.is_dir():
        raise UserError("no such folder", str(asked.output.parent), "make it, or correct --output")
    with tempfile.TemporaryDirectory(prefix="socle-bench-") as name:
        folder = Path(name)
        for end in ("azurite", "swift"):
            (folder / end).mkdir()
        with azurite.serve(folder / "azurite") as connection, swift.serve(folder / "swift") as store:
            said: dict[str, tuple[int, dict[str, str], int]] = {}
            before: dict[str, tuple[int, int]] = {}
            for way in WAYS:
                desk = migrated(folder / way, connection, store, way)
                rclone = Rclone.lay(
                    folder / way, connection, store.clouds, desk.source.container_name, desk.target,
                    login="reader", workers=4,
                )  # fmt: skip
                code, _, unknown = seen(desk, way, rclone)
                before[way] = code, unknown
                for _, blob, harm in CASES:
                    harm(desk, blob, random.Random(blob))  # noqa: S311 - the same for each
                said[way] = seen(desk, way, rclone)
                print(f"{way}: exit {said[way][0]}, {len(said[way][1])} named", flush=True)
    kept = {
        "commit": commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{version()}, Azurite, Swift with tempauth",
        "rows": rows(said, before),
    }
    asked.output.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written to {asked.output}; `python docs/measured/tables.py` puts it into the page")


def main(words: Sequence[str] | None = None) -> int:
    """The exit code; every failure is one line."""
    asked = arguments(words)
    return ended("bench.migrate.check", lambda: bench(asked), "nothing is left of it", longest=300)


if __name__ == "__main__":
    sys.exit(main())
